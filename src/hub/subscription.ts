import { badRequest, type Violation } from '../protocol/errors.js';
import { type Filter, parseFilterQuery } from '../protocol/filter.js';
import { MAX_RECENT } from '../protocol/limits.js';
import { parsePosition, type Position } from '../protocol/offset.js';

/** What a client asks for when it comes. */
export interface Subscription {
  /** The offset after which it wants to go on. */
  since?: string;
  /** The epoch that this offset is of, where it knows that. */
  epoch?: string;
  /** How many of the newest logged messages it wants first, where there is nothing to go on from. */
  recent: number;
  /** Whether it wants the newest state of each key first. */
  snapshot: boolean;
  filter?: Filter;
  /** Whether it tells which messages it has handled. */
  acks: boolean;
}

/** What the query may have. `token` is for whatever stands before the hub and asks who comes; the hub does not read it. */
export const SUBSCRIPTION_PARAMETERS: readonly string[] = [
  'since',
  'epoch',
  'recent',
  'snapshot',
  'types',
  'event_types',
  'overlay_types',
  'sources',
  'acks',
  'token',
];

const EVERYTHING_LIVE: Subscription = { recent: 0, snapshot: false, acks: false };

/** What a request target has before its query: the path, behind a host where it names one. */
export function pathOf(target: string): string {
  const end = target.indexOf('?');

  return end < 0 ? target : target.slice(0, end);
}

/** The query of a request target that was good enough to find a route. */
export function queryOf(target = ''): URLSearchParams {
  return new URLSearchParams(target.slice(pathOf(target).length));
}

/** @throws HubError `BAD_REQUEST` with each parameter and the rule it breaks */
export function parseSubscription(query: URLSearchParams): Subscription {
  if (query.size === 0) return EVERYTHING_LIVE;
  const unknown = unknownParameters(query, SUBSCRIPTION_PARAMETERS);
  if (unknown.length > 0) throw badRequest(unknown);
  const filter = parseFilterQuery(query);

  return {
    ...parseSince(query),
    recent: parseRecent(query),
    snapshot: parseFlag(query, 'snapshot'),
    ...(filter && { filter }),
    acks: parseFlag(query, 'acks'),
  };
}

/** The parameters that are none of these: a slip of the pen must not look like a hub that does not do what it was asked. */
export function unknownParameters(query: URLSearchParams, known: readonly string[]): Violation[] {
  const unknown = [...new Set(query.keys())].filter((name) => !known.includes(name));

  return unknown.map((name) => {
    const field = name.slice(0, 64);

    return { field, rule: 'unknown', message: `${field} is not a parameter; they are ${known.join(', ')}` };
  });
}

/**
 * Where to go on from: `since=<offset>&epoch=<epoch>`, or both in `since=<epoch>:<offset>`, or the offset alone. Whatever is
 * none of these, such as what a page's storage holds by mistake, is an offset that no log knows.
 */
export function parseSince(query: URLSearchParams): Pick<Subscription, 'since' | 'epoch'> {
  if (!query.has('since')) return {};
  const { offset, epoch } = positionIn(query, 'since');

  return { since: offset, ...(epoch !== undefined && { epoch }) };
}

/** The same for either parameter, which must be there. */
export function positionIn(query: URLSearchParams, field: 'since' | 'before'): Position {
  return parsePosition(query.getAll(field).join(), query.getAll('epoch').join());
}

function parseRecent(query: URLSearchParams): number {
  if (!query.has('recent')) return 0;

  const recent = query.getAll('recent').join(',');
  if (!/^\d{1,9}$/.test(recent) || Number(recent) > MAX_RECENT) {
    const message = `recent must be a whole number from 0 to ${MAX_RECENT}`;
    throw badRequest([{ field: 'recent', rule: 'recent', message }]);
  }

  return Number(recent);
}

function parseFlag(query: URLSearchParams, field: string): boolean {
  const values = query.getAll(field);
  if (values.some((value) => value !== '0' && value !== '1')) {
    throw badRequest([{ field, rule: field, message: `${field} must be 1 or 0` }]);
  }

  return values.includes('1');
}
