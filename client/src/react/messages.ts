'use client';

import { useEffect, useMemo, useSyncExternalStore } from 'react';
import {
  deliveryClassOf,
  type CustomMessage,
  type EventMessage,
  type HubMessage,
} from '../../../src/protocol/messages.js';
import type { HubClient, HubEvents, MessageMeta, OwnMessage } from '../types.js';
import { useNewest } from './client-box.js';
import { useHolder } from './provider.js';
import { EMPTY_LIST, LatestStore, ListStore } from './stores.js';

/** What a handler of this name gets: for a name of your own, an event or a message of that type. */
export type Named<N extends string, Own extends object = object> = N extends keyof Own
  ? OwnMessage<Own[N]>
  : N extends keyof HubEvents
    ? HubEvents[N]
    : EventMessage | CustomMessage;

const DEFAULT_MAX = 100;
const DEFAULT_LIST_HZ = 10;

/** All kinds of name are one to the client. */
function listen<T>(client: HubClient, name: string, handler: (value: T, meta: MessageMeta) => void): () => void {
  return client.on(name as 'message', handler as (value: unknown, meta: MessageMeta) => void);
}

/**
 * Calls the newest handler for each message of a type (`event`, `overlay`, `message` for all), each event of an event type
 * (`sit`), and for what happens to the client (`state`, `gap`, `recovered`, `error`). It renders nothing.
 */
export function useHubEvent<N extends string>(name: N, handler: (value: Named<N>, meta: MessageMeta) => void): void {
  const holder = useHolder();
  const newest = useNewest(handler);

  useEffect(
    () => listen<Named<N>>(holder.client, name, (value, meta) => newest.current(value, meta)),
    [holder, name, newest],
  );
}

export interface LatestOptions {
  /** Only overlays of this type. @default all */
  overlayType?: string | undefined;
  /** Only messages of this camera or sensor. @default all */
  source?: string | undefined;
  /** Most renders a second. @default Infinity: once a frame */
  hz?: number | undefined;
}

/** The newest message of a type or event type; `undefined` until one has come. Renders at most once a frame. */
export function useLatest<N extends string>(name: N, options: LatestOptions = {}): Named<N> | undefined {
  const { overlayType, source, hz = Infinity } = options;
  const holder = useHolder();
  const store = useMemo(
    () =>
      new LatestStore<Named<N>>(
        (take) =>
          listen<Named<N>>(holder.client, name, (value) => {
            const { overlay_type, source: from } = value as Partial<Record<'overlay_type' | 'source', string>>;
            if (overlayType !== undefined && overlay_type !== overlayType) return;
            if (source === undefined || from === source) take(value);
          }),
        hz,
      ),
    [holder, name, overlayType, source, hz],
  );

  return useSyncExternalStore(store.subscribe, store.read, () => undefined);
}

export interface HubEventsOptions {
  /** Event types, or types of your own; overlays and telemetry too, if they are named. @default all events */
  types?: readonly string[] | undefined;
  /** Most events that are kept; the oldest go first. @default 100 */
  max?: number | undefined;
  /** Which of these are kept. The newest function is asked. @default all */
  filter?: ((message: HubMessage) => boolean) | undefined;
  /** Most renders a second. @default 10 */
  hz?: number | undefined;
}

export interface HubEventList {
  /** Oldest first. A new array when it changes, and else the same. */
  readonly events: readonly HubMessage[];
  /** How many are no longer in the list since it was full. */
  readonly dropped: number;
  readonly isPaused: boolean;
  /** How many have come since `pause`. */
  readonly waiting: number;
  /** Keeps what is shown, until `resume`. */
  pause(this: void): void;
  resume(this: void): void;
  /** Empties the list, and counts what is dropped from 0 again. */
  clear(this: void): void;
}

/** A list of the newest events: bounded, and rendered no more often than somebody can read. */
export function useHubEvents({
  types,
  max = DEFAULT_MAX,
  filter,
  hz = DEFAULT_LIST_HZ,
}: HubEventsOptions = {}): HubEventList {
  const holder = useHolder();
  const newest = useNewest(filter);
  const names = types && JSON.stringify(types);
  const store = useMemo(() => {
    const wanted = names === undefined ? undefined : new Set(JSON.parse(names) as string[]);

    return new ListStore<HubMessage>(
      (take) =>
        holder.client.on('message', (message) => {
          if (isWanted(message, wanted) && (newest.current?.(message) ?? true)) take(message);
        }),
      hz,
      max,
    );
  }, [holder, names, max, hz, newest]);

  const { items, ...counts } = useSyncExternalStore(store.subscribe, store.read, () => EMPTY_LIST);
  const { pause, resume, clear } = store;

  return { events: items, ...counts, pause, resume, clear };
}

function isWanted(message: HubMessage, wanted: ReadonlySet<string> | undefined): boolean {
  if (!wanted) return deliveryClassOf(message.type) === 'logged';

  return wanted.has(message.type) || ('event_type' in message && wanted.has(message.event_type));
}
