'use client';

import { useMemo, useSyncExternalStore } from 'react';
import type { ConnectionMessage, HubMessage } from '../../../src/protocol/messages.js';
import type { HubClient, HubClientOptions, HubState } from '../types.js';
import { useOwnClient } from './client-box.js';
import { isConnected, useStateOf } from './provider.js';
import { EMPTY_LIST, ListStore } from './stores.js';

const DEFAULT_MAX = 200;
const DEFAULT_HZ = 10;

export interface WebSocketOptions extends Omit<HubClientOptions, 'url'> {
  /** Most messages that are kept; the oldest go first. @default 200 */
  max?: number;
  /** Most renders a second for messages; `isConnected` renders at once. @default 10 */
  hz?: number;
}

export interface WebSocketValue {
  /** What the hub has sent, its greeting included, oldest first: the newest `max`. */
  readonly messages: readonly (HubMessage | ConnectionMessage)[];
  readonly isConnected: boolean;
  /** How many are no longer in `messages`. */
  readonly dropped: number;
  readonly state: HubState;
  readonly client: HubClient;
  /** Empties `messages`. */
  clear(this: void): void;
}

/**
 * The hook of the guide, for pages that were written with it: the same `{messages, isConnected}`. It needs no provider,
 * comes back when the connection is lost, and keeps its page alive: the list is bounded, and rendered at a bounded rate.
 * @param url of the hub, `ws://localhost:8000/ws/ui`
 */
export function useWebSocket(url: string | URL, options: WebSocketOptions = {}): WebSocketValue {
  const { max = DEFAULT_MAX, hz = DEFAULT_HZ, ...rest } = options;
  const box = useOwnClient({ ...rest, url });
  const state = useStateOf(box);
  const store = useMemo(
    () =>
      new ListStore<HubMessage | ConnectionMessage>(
        (take) => {
          const stops = [box.client.on('connection', take), box.client.on('message', take)];

          return () => stops.forEach((stop) => stop());
        },
        hz,
        max,
      ),
    [box, hz, max],
  );
  const { items, dropped } = useSyncExternalStore(store.subscribe, store.read, () => EMPTY_LIST);

  return {
    messages: items,
    isConnected: isConnected(state),
    dropped,
    state,
    get client() {
      return box.client;
    },
    clear: store.clear,
  };
}
