import type { HubState } from 'dogmonitor-client';
import { duration } from './format.js';

/** How the connection looks to a person. */
export interface ConnectionView {
  kind: 'connecting' | 'live' | 'stale' | 'reconnecting' | 'offline';
  label: string;
}

/** @param now in ms since 1970 @param isOnline whether the browser has a network at all */
export function viewOf(state: HubState, now: number, isOnline: boolean): ConnectionView {
  switch (state.name) {
    case 'open':
      return { kind: 'live', label: 'live' };
    case 'stale':
      if (!isOnline) return { kind: 'offline', label: 'offline' };
      return { kind: 'stale', label: `stale ${duration(now - state.since)}` };
    case 'closed':
      return { kind: 'offline', label: 'offline' };
    case 'waiting':
      if (!isOnline) return { kind: 'offline', label: 'offline' };
      return {
        kind: 'reconnecting',
        label: `reconnecting in ${Math.max(0, Math.ceil((state.retryAt - now) / 1_000))} s`,
      };
    case 'idle':
    case 'connecting':
      return { kind: 'connecting', label: 'connecting' };
  }
}
