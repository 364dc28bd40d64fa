import { badRequest } from '../protocol/errors.js';
import { type Filter, parseFilterQuery } from '../protocol/filter.js';
import { isOffset } from '../protocol/offset.js';

/** What a client asks for when it comes. */
export interface Subscription {
  /** The offset after which it wants to go on. */
  since?: string;
  filter?: Filter;
  /** Whether it tells which messages it has handled. */
  acks: boolean;
}

/** The query of a request target that was good enough to find a route. */
export function queryOf(target = ''): URLSearchParams {
  return new URLSearchParams(target.split('?').slice(1).join('?'));
}

/** @throws HubError `BAD_REQUEST` with each parameter and the rule it breaks */
export function parseSubscription(query: URLSearchParams): Subscription {
  const since = parseSince(query);
  const filter = parseFilterQuery(query);

  const acks = parseAcks(query);

  return { ...(since !== undefined && { since }), ...(filter && { filter }), acks };
}

/** @throws HubError `BAD_REQUEST` when it is there but is not one offset */
export function parseSince(query: URLSearchParams): string | undefined {
  const [since, ...more] = query.getAll('since');
  if (since === undefined) return undefined;

  if (more.length > 0 || !isOffset(since)) {
    const message = 'since must be the offset of a message, such as 1761301800000-0';
    throw badRequest([{ field: 'since', rule: 'offset', message }]);
  }

  return since;
}

function parseAcks(query: URLSearchParams): boolean {
  const values = query.getAll('acks');
  if (values.some((value) => value !== '0' && value !== '1')) {
    throw badRequest([{ field: 'acks', rule: 'acks', message: 'acks must be 1 or 0' }]);
  }

  return values.includes('1');
}
