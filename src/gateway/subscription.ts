import { badRequest } from '../protocol/errors.js';
import { type Filter, parseFilterQuery } from '../protocol/filter.js';
import { isOffset } from '../protocol/offset.js';

/** What a client asks for when it comes. */
export interface Subscription {
  /** The offset after which it wants to go on. */
  since?: string;
  filter?: Filter;
}

/** The query of a request target that was good enough to find a route. */
export function queryOf(target = ''): URLSearchParams {
  return new URLSearchParams(target.split('?').slice(1).join('?'));
}

/** @throws HubError `BAD_REQUEST` with each parameter and the rule it breaks */
export function parseSubscription(query: URLSearchParams): Subscription {
  const since = parseSince(query);
  const filter = parseFilterQuery(query);

  return { ...(since !== undefined && { since }), ...(filter && { filter }) };
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
