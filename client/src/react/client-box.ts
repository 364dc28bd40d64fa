'use client';

import { useEffect, useInsertionEffect, useRef, useState, type RefObject } from 'react';
import { createHubClient } from '../create-hub-client.js';
import type { HubClient, HubClientOptions, HubState } from '../types.js';

/** The state of what does not run yet, as while a server renders the page. */
export const IDLE: HubState = { name: 'idle' };

/** Holds the client of a component. It makes none before somebody looks, so that a server makes none at all. */
export class ClientBox {
  private made: HubClient | undefined;
  private users = 0;
  private hasConnected = false;

  /** @param key of what a new client is needed for, when it changes */
  constructor(
    readonly key: string,
    private readonly options: HubClientOptions,
  ) {}

  get client(): HubClient {
    return (this.made ??= createHubClient({ ...this.options, connect: false }));
  }

  /** Connects, and gives how to end it. */
  use(): () => void {
    this.users++;
    // Late: strict mode takes a component away and brings it back at once, and nobody need see the client close between.
    queueMicrotask(() => {
      if (this.users === 0 || this.hasConnected) return;

      this.hasConnected = true;
      this.client.connect();
    });

    return () => {
      if (--this.users > 0) return;

      queueMicrotask(() => {
        if (this.users > 0 || !this.hasConnected) return;

        this.hasConnected = false;
        this.client.close();
      });
    };
  }
}

/** The newest value, for what runs later. */
export function useNewest<T>(value: T): RefObject<T> {
  const ref = useRef(value);
  useInsertionEffect(() => {
    ref.current = value;
  });

  return ref;
}

/**
 * A client that lives as long as the component. Another URL makes another client; another filter is told to the one there
 * is; a new `getToken` is asked from then on.
 */
export function useOwnClient(options: HubClientOptions): ClientBox {
  const { url, filter = {}, snapshot, recent, acks, backoff, heartbeatMs, share, connect = true } = options;
  const newest = useNewest(options);
  const filterKey = JSON.stringify(filter);
  const key = JSON.stringify([`${url}`, snapshot, recent, acks, backoff, heartbeatMs, share, share && filterKey]);

  const create = (): ClientBox =>
    new ClientBox(key, {
      ...options,
      ...(options.getToken && { getToken: () => newest.current.getToken?.() ?? '' }),
    });
  const [held, hold] = useState(create);
  const box = held.key === key ? held : create();
  if (box !== held) hold(box);

  const told = useRef({ box, filterKey });
  useEffect(() => {
    if (told.current.box === box && told.current.filterKey !== filterKey)
      box.client.subscribe(newest.current.filter ?? {});
    told.current = { box, filterKey };
  }, [box, filterKey, newest]);
  useEffect(() => (connect ? box.use() : undefined), [box, connect]);

  return box;
}
