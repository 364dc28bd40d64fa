import type { FilterLists } from '../../src/protocol/messages.js';
import { pageUrl } from './environment.js';

const DEFAULT_PATH = '/ws/ui';

/** What goes into the query at one connect; what is `undefined` is left out. */
export interface ConnectQuery {
  token: string | undefined;
  filter: FilterLists;
  snapshot: boolean;
  recent: number;
  since: string | undefined;
  epoch: string | undefined;
  acks: boolean;
}

/**
 * Reads the option `url`.
 * @throws TypeError when it is not the address of a WebSocket
 */
export function parseUrl(text: string | URL): URL {
  const url = new URL(text, pageUrl());
  url.protocol = url.protocol.replace('http', 'ws');
  if (!/^wss?:$/.test(url.protocol)) throw new TypeError(`url must begin with ws: or http:, not ${url.protocol}`);

  // The hub may be under a path of a proxy: `https://home.example/dog/`.
  if (url.pathname.endsWith('/')) url.pathname = url.pathname.replace(/(\/ws\/ui)?\/$/, DEFAULT_PATH);
  url.hash = '';

  return url;
}

/**
 * Returns the filter when the hub can keep it.
 * @throws TypeError when one of its lists is empty: a hub that refuses the query looks like one that is down
 */
export function checkFilter(filter: FilterLists): FilterLists {
  for (const [field, names] of Object.entries(filter) as [string, readonly string[] | undefined][]) {
    if (names?.length === 0) throw new TypeError(`filter.${field} must be a list of at least one name`);
  }

  return filter;
}

/** The address for one connect. */
export function connectUrl(base: URL, { token, filter, snapshot, recent, since, epoch, acks }: ConnectQuery): string {
  const url = new URL(base);
  const query = {
    ...filter,
    token,
    since,
    epoch: since === undefined ? undefined : epoch,
    snapshot: snapshot ? 1 : undefined,
    // The two would overlap.
    recent: since === undefined && recent > 0 ? recent : undefined,
    acks: acks ? 1 : undefined,
  };

  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));

  return url.href;
}
