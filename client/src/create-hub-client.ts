import { Client } from './hub-client.js';
import { share } from './share.js';
import type { HubClient, HubClientOptions } from './types.js';
import { parseUrl } from './url.js';

/**
 * Makes a client of the hub: it connects, stays connected, and brings each event once and in order, each overlay fresh.
 * @typeParam Own the `data` of events and messages of your own, by their event type or type
 * @throws TypeError when the URL, the filter or `WebSocket` cannot be used
 */
export function createHubClient<Own extends object = object>(options: HubClientOptions): HubClient<Own> {
  checkUrl(options);

  return (options.share ? share(options, (alone) => new Client(alone)) : new Client(options)) as HubClient<Own>;
}

/** An empty address is that of the page itself: the client would ask that for ever. */
function checkUrl({ url }: HubClientOptions): void {
  if (!`${url ?? ''}`.trim()) throw new TypeError('option url is empty: give the address of the hub');

  try {
    parseUrl(url);
  } catch (cause) {
    throw new TypeError(`option url: ${(cause as Error).message}`, { cause });
  }
}
