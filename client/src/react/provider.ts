'use client';

import { createContext, createElement, useContext, useMemo, useSyncExternalStore, type ReactNode } from 'react';
import type { HubClient, HubClientOptions, HubState, HubStats } from '../types.js';
import { IDLE, useOwnClient } from './client-box.js';
import { LatestStore } from './stores.js';

/** What holds a client; it may not be there yet, while nothing needs it. */
interface Holder {
  readonly client: HubClient;
}

const HubContext = createContext<Holder | undefined>(undefined);

/** Either a client that the app has made, and closes, or the options for one that lives as long as the provider. */
export type HubProviderProps = { children?: ReactNode } & (
  { client: HubClient } | (HubClientOptions & { client?: undefined })
);

/**
 * Gives all components below it one client. It connects after it is mounted, not while it renders, and closes when it is
 * taken away.
 */
export function HubProvider(props: HubProviderProps): ReactNode {
  return props.client ? createElement(GivenClient, props) : createElement(OwnClient, props);
}

function GivenClient({ client, children }: { client: HubClient; children?: ReactNode }): ReactNode {
  const value = useMemo(() => ({ client }), [client]);

  return createElement(HubContext.Provider, { value }, children);
}

function OwnClient({ children, ...options }: HubClientOptions & { children?: ReactNode }): ReactNode {
  return createElement(HubContext.Provider, { value: useOwnClient(options) }, children);
}

export function useHolder(): Holder {
  const holder = useContext(HubContext);
  if (!holder) throw new Error('there is no HubProvider above this component');

  return holder;
}

export function useStateOf(holder: Holder): HubState {
  const subscribe = useMemo(() => (listener: () => void) => holder.client.on('state', listener), [holder]);

  return useSyncExternalStore(
    subscribe,
    () => holder.client.state,
    () => IDLE,
  );
}

export interface Hub {
  readonly state: HubState;
  /** Whether the hub's broadcasts can arrive: `open` or `stale`. */
  readonly isConnected: boolean;
  /** Round trip to the hub at the moment it is read, in ms; `undefined` until it is known. Reading it renders nothing. */
  readonly rttMs: number | undefined;
  readonly client: HubClient;
  /** Gives up the connection there is, and connects at once. */
  reconnect(this: void): void;
}

/** How the connection is doing. Renders when `state` changes, and only then. */
export function useHub(): Hub {
  const holder = useHolder();
  const state = useStateOf(holder);

  return useMemo(
    () => ({
      state,
      isConnected: isConnected(state),
      get rttMs() {
        return holder.client.stats.rttMs;
      },
      get client() {
        return holder.client;
      },
      reconnect: () => holder.client.reconnect(),
    }),
    [holder, state],
  );
}

export function isConnected({ name }: HubState): boolean {
  return name === 'open' || name === 'stale';
}

/** The client's `stats`, renewed so many times a second. @param hz @default 1 */
export function useHubStats(hz = 1): HubStats | undefined {
  const holder = useHolder();
  const store = useMemo(
    () =>
      new LatestStore<HubStats>((take) => {
        const look = (): void => take(holder.client.stats);
        const timer = setInterval(look, 1000 / hz);
        look();

        return () => clearInterval(timer);
      }, Infinity),
    [holder, hz],
  );

  return useSyncExternalStore(store.subscribe, store.read, () => undefined);
}
