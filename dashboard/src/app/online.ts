import type { HubState } from 'dogmonitor-client';
import { useHub } from 'dogmonitor-client/react';
import { useEffect, useState } from 'react';

/** Since when the hub is not heard, in ms since 1970; `undefined` while it is. */
export function useLostSince(): number | undefined {
  const { state } = useHub();
  const [since, setSince] = useState<number | undefined>(() => (isHeard(state) ? undefined : Date.now()));

  useEffect(() => {
    if (isHeard(state)) setSince(undefined);
    else if (state.name === 'stale') setSince(state.since);
    else setSince((last) => last ?? Date.now());
  }, [state]);

  return isHeard(state) ? undefined : since;
}

/** Whether the browser has a network at all. */
export function useIsOnline(): boolean {
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

function isHeard({ name }: HubState): boolean {
  return name === 'open';
}
