import { memo, useSyncExternalStore, type CSSProperties } from 'react';
import { clock, duration } from '../app/format.js';
import { tick } from '../telemetry/telemetry-store.js';
import { confidenceOf, type Entry, type EventEntry, summaryOf } from './entry.js';
import { EventDetails } from './event-details.js';
import { hueOf, labelOf, pathOf } from './event-look.js';

/** One that came within this time, in ms, is shown as new. */
const NEW_MS = 1_500;

interface RowProps {
  entry: Entry;
  top: number;
  /** Its place in the list, from 1, and how long that is. */
  position: number;
  count: number;
  isOpen: boolean;
  /** Whether Tab leads to this row; the arrows lead to the others. */
  isStop: boolean;
  onFocus: (id: string) => void;
  onToggle: (id: string) => void;
  detailsRef: (element: HTMLElement | null) => void;
}

export const Row = memo(function Row({
  entry,
  top,
  position,
  count,
  isOpen,
  isStop,
  onFocus,
  onToggle,
  detailsRef,
}: RowProps) {
  return (
    <li
      className="timeline-row"
      style={{ transform: `translateY(${top}px)` }}
      aria-posinset={position}
      aria-setsize={count}
      data-open={isOpen}
    >
      {entry.kind === 'notice' ? (
        <p className="timeline-notice" data-tone={entry.tone}>
          <span>{entry.text}</span>
          <time dateTime={new Date(entry.at).toISOString()}>{clock(entry.at)}</time>
        </p>
      ) : (
        <>
          <EventLine entry={entry} isOpen={isOpen} isStop={isStop} onFocus={onFocus} onToggle={onToggle} />
          {isOpen && <EventDetails entry={entry} ref={detailsRef} />}
        </>
      )}
    </li>
  );
});

interface EventLineProps extends Pick<RowProps, 'isOpen' | 'isStop' | 'onFocus'> {
  entry: EventEntry;
  onToggle: (id: string) => void;
}

function EventLine({ entry, isOpen, isStop, onFocus, onToggle }: EventLineProps) {
  const { id, name, at, message } = entry;
  const confidence = confidenceOf(message);
  const summary = summaryOf(message);

  return (
    <button
      type="button"
      className="event-line"
      data-new={tick.get() - at < NEW_MS}
      aria-expanded={isOpen}
      tabIndex={isStop ? 0 : -1}
      onFocus={() => onFocus(id)}
      onClick={() => onToggle(id)}
    >
      <EventIcon name={name} />
      <span className="event-text">
        <span className="event-name">
          <bdi>{labelOf(name)}</bdi>
          {confidence !== undefined && (
            <span className="event-confidence" title="confidence">
              {Math.round(confidence * 100)} %
            </span>
          )}
        </span>
        <span className="event-summary">
          {message.source !== undefined && <bdi className="event-source">{message.source}</bdi>}
          <bdi>{summary}</bdi>
        </span>
      </span>
      <span className="event-time">
        <Ago at={at} />
        <time dateTime={new Date(at).toISOString()} title={new Date(at).toLocaleString()}>
          {clock(at)}
        </time>
      </span>
    </button>
  );
}

export function EventIcon({ name }: { name: string }) {
  return (
    <span className="event-icon" style={{ '--hue': hueOf(name) } as CSSProperties}>
      <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
        <path d={pathOf(name)} />
      </svg>
    </span>
  );
}

/** How long ago it was. Rendered anew only when the words change. */
function Ago({ at }: { at: number }) {
  const text = useSyncExternalStore(tick.subscribe, () => agoText(tick.get() - at));

  return <span className="event-ago">{text}</span>;
}

function agoText(ms: number): string {
  return ms < 1_000 ? 'now' : `${duration(ms)} ago`;
}
