import { useHub } from 'dogmonitor-client/react';
import { useEffect, useState } from 'react';
import { clock } from '../app/format.js';
import { useIsOnline, useLostSince } from '../app/online.js';

/** A page that has just been opened connects within this time, in ms, or says that it cannot. */
const PATIENCE_MS = 1_500;

/** Covers the picture while the hub is not heard: what is behind it is not what is. */
export function Lost() {
  const since = useLostSince();
  const { state, client, reconnect } = useHub();
  const isOnline = useIsOnline();
  const now = useNow(since !== undefined);
  const [wasHeard, setWasHeard] = useState(false);
  useEffect(() => {
    if (state.name === 'open') setWasHeard(true);
  }, [state]);
  if (since === undefined || (!wasHeard && now - since < PATIENCE_MS)) return null;

  const next =
    state.name === 'waiting'
      ? `next try in ${Math.max(0, Math.ceil((state.retryAt - now) / 1_000))} s`
      : state.name === 'closed'
        ? state.reason
        : 'trying now';

  return (
    <div className="stage-lost">
      <p role="alert">
        {state.name === 'stale'
          ? `Nothing heard since ${clock(since)}`
          : wasHeard
            ? `No connection since ${clock(since)}`
            : 'No connection to the hub'}
      </p>
      <p>{isOnline ? next : 'this device is offline'}</p>
      <button
        type="button"
        className="button"
        onClick={() => (state.name === 'closed' ? client.connect() : reconnect())}
      >
        Try now
      </button>
    </div>
  );
}

/** The time, twice a second while somebody looks at it. */
function useNow(isNeeded: boolean): number {
  const [now, setNow] = useState(Date.now);

  useEffect(() => {
    if (!isNeeded) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 500);

    return () => clearInterval(timer);
  }, [isNeeded]);

  return now;
}
