import { useHub, useHubStats } from 'dogmonitor-client/react';
import { useEffect, useState } from 'react';
import { viewOf } from './connection.js';
import { duration, number } from './format.js';
import { lastMessageAt } from './hub.js';

/** How often the figures of the connection are read, a second: quick enough to see, slow enough to read. */
const HZ = 2;

/** How the connection is doing; where it is not, a button to try at once. */
export function ConnectionBadge() {
  const { state, client, reconnect } = useHub();
  const { rttMs, messagesPerSecond = 0 } = useHubStats(HZ) ?? {};
  const isOnline = useIsOnline();
  const { kind, label } = viewOf(state, Date.now(), isOnline);
  const last = lastMessageAt();
  const figures = [
    ...(rttMs === undefined ? [] : [['round trip', `${number(rttMs, rttMs < 10 ? 1 : 0)} ms`]]),
    ['messages', `${number(messagesPerSecond, messagesPerSecond < 10 ? 1 : 0)}/s`],
    ...(last === undefined ? [] : [['last', `${duration(Date.now() - last)} ago`]]),
  ] as const;

  return (
    <div className="connection" data-kind={kind}>
      <span className="badge" role="status" aria-label={`Connection: ${label}`}>
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

function useIsOnline(): boolean {
  const [isOnline, setIsOnline] = useState(navigator.onLine);

  useEffect(() => {
    const update = (): void => setIsOnline(navigator.onLine);
    addEventListener('online', update);
    addEventListener('offline', update);

    return () => {
      removeEventListener('online', update);
      removeEventListener('offline', update);
    };
  }, []);

  return isOnline;
}
