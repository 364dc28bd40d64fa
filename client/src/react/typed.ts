'use client';

import type { HubClient, MessageMeta } from '../types.js';
import { type LatestOptions, type Named, useHubEvent, useLatest } from './messages.js';
import { type Hub, useHub } from './provider.js';

/** The hooks that know the `data` of events and messages of your own. */
export interface TypedHooks<Own extends object> {
  useHub(this: void): Omit<Hub, 'client'> & { readonly client: HubClient<Own> };
  useHubEvent<N extends string>(
    this: void,
    name: N | (keyof Own & string),
    handler: (value: Named<N, Own>, meta: MessageMeta) => void,
  ): void;
  useLatest<N extends string>(
    this: void,
    name: N | (keyof Own & string),
    options?: LatestOptions,
  ): Named<N, Own> | undefined;
}

/**
 * The hooks with types for your own events, to be made once in a module of the page.
 * @typeParam Own their `data`, by their event type or type
 */
export function hubHooks<Own extends object>(): TypedHooks<Own> {
  return { useHub, useHubEvent, useLatest } as TypedHooks<Own>;
}
