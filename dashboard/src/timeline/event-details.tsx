import type { Ref } from 'react';
import { CopyButton } from '../app/copy-line.js';
import { duration } from '../app/format.js';
import { confidenceOf, type EventEntry, happenedAt, zonelessTimeOf } from './entry.js';

/** Of a message of any length, so many characters are shown; all of it can be copied. */
const MAX_SHOWN = 20_000;
/** Further apart than this, in ms, when it happened and when the hub got it are both told. */
const LATE_MS = 2_000;

/** All that is known of an event, and its JSON as it came. */
export function EventDetails({ entry, ref }: { entry: EventEntry; ref: Ref<HTMLDivElement> }) {
  const { message, at } = entry;
  const json = JSON.stringify(message, null, 2);
  const happened = happenedAt(message);
  const lateMs = happened === undefined ? 0 : at - happened;
  const confidence = confidenceOf(message);
  const zoneless = zonelessTimeOf(message);
  const facts = [
    ['time', new Date(at).toLocaleString()],
    ...(happened !== undefined && Math.abs(lateMs) > LATE_MS
      ? [['happened', `${new Date(happened).toLocaleString()}${lateMs > 0 ? `, ${duration(lateMs)} earlier` : ''}`]]
      : []),
    ...(zoneless === undefined ? [] : [['happened', `${zoneless} (without a zone)`]]),
    ['source', message.source ?? '–'],
    ...(confidence === undefined ? [] : [['confidence', `${(confidence * 100).toFixed(1)} %`]]),
    ['offset', message.offset ?? 'not in the log yet'],
    ['id', message.id],
  ] as const;

  return (
    <div className="event-details" ref={ref}>
      <div className="event-details-box">
        <dl>
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <bdi>{value}</bdi>
              </dd>
            </div>
          ))}
        </dl>
        <pre tabIndex={0} aria-label="Message as JSON">
          {json.length > MAX_SHOWN ? `${json.slice(0, MAX_SHOWN)}\n…` : json}
        </pre>
        <div className="event-details-tools">
          <CopyButton text={json} label="Copy JSON" />
          {json.length > MAX_SHOWN && (
            <span className="quiet">
              {`The first ${MAX_SHOWN.toLocaleString()} of ${json.length.toLocaleString()} characters.`}
            </span>
          )}
        </div>
      </div>
    </div>
  );
}
