import { useHub, useHubStats } from 'dogmonitor-client/react';
import { useEffect, useRef } from 'react';
import { viewOf } from './connection.js';
import { duration, number } from './format.js';
import { lastMessageAt } from './hub.js';
import { useIsOnline } from './online.js';

/** How often the figures of the connection are read, a second: quick enough to see, slow enough to read. */
const HZ = 2;

/** How long after the start of a connection its round trip is told, in ms: from the second answer on. */
const SETTLED_MS = 2_500;

/** How the connection is doing; where it is not, a button to try at once. */
export function ConnectionBadge() {
  const { state, client, reconnect } = useHub();
  const { rttMs, messagesPerSecond = 0 } = useHubStats(HZ) ?? {};
  const isOnline = useIsOnline();
  const { kind, label } = viewOf(state, Date.now(), isOnline);
  const last = lastMessageAt();
  const openedAt = useOpenedAt(state.name);
  // The page was busy with its own start when the first answer came.
  const isMeasured = Date.now() - openedAt > SETTLED_MS;
  const figures = [
    ...(rttMs === undefined || !isMeasured ? [] : [['round trip', `${number(rttMs, rttMs < 10 ? 1 : 0)} ms`]]),
    ['messages', `${number(messagesPerSecond, messagesPerSecond < 10 ? 1 : 0)}/s`],
    ...(last === undefined ? [] : [['last', `${duration(Date.now() - last)} ago`]]),
  ] as const;

  return (
    <div className="connection" data-kind={kind}>
      <span className="visually-hidden" aria-live="polite">
        {kind}
      </span>
      {/* It counts seconds: what is to be heard is only that it has become another one. */}
      <span className="badge" role="status" aria-live="off" aria-label={`Connection: ${label}`}>
        <span className="pulse" />
        {label}
      </span>
      {kind === 'live' || kind === 'stale' ? (
        <dl className="connection-figures">
          {figures.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      ) : (
        kind !== 'connecting' && (
          <button
            type="button"
            className="button small"
            onClick={() => (state.name === 'closed' ? client.connect() : reconnect())}
          >
            Connect now
          </button>
        )
      )}
    </div>
  );
}

/** When the connection was opened, in ms since 1970. */
function useOpenedAt(state: string): number {
  const openedAt = useRef(Infinity);
  useEffect(() => {
    if (state === 'open' && openedAt.current === Infinity) openedAt.current = Date.now();
    if (state !== 'open' && state !== 'stale') openedAt.current = Infinity;
  }, [state]);

  return openedAt.current;
}
