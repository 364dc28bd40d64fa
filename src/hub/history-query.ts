import { badRequest, type Violation } from '../protocol/errors.js';
import { DEFAULT_HISTORY_LIMIT, MAX_FILTER_NAMES, MAX_HISTORY_LIMIT } from '../protocol/limits.js';
import type { Heading } from '../protocol/messages.js';
import { nameRule, type Rule, sourceRule } from '../protocol/rules.js';
import { positionIn, unknownParameters } from './subscription.js';

/** What `GET /api/events` was asked. */
export interface HistoryQuery {
  /** The messages right after this offset. Not together with `before`. */
  since?: string;
  /** The messages right before this offset. */
  before?: string;
  /** The epoch that the offset is of, where that is known. */
  epoch?: string;
  limit: number;
  /** Whether a message is among what was asked for. */
  matches: (message: Heading) => boolean;
}

const PARAMETERS = ['since', 'before', 'epoch', 'limit', 'event_type', 'source'];
const BOTH_WAYS = { field: 'before', rule: 'direction', message: 'before cannot be given together with since' };

/** @throws HubError `BAD_REQUEST` with each parameter and the rule it breaks */
export function parseHistoryQuery(query: URLSearchParams): HistoryQuery {
  const limit = query.getAll('limit').join(',');
  const [eventTypes, sources] = [namesOf(query, 'event_type'), namesOf(query, 'source')];
  const violations = [
    ...unknownParameters(query, PARAMETERS),
    query.has('limit') ? limitViolation(limit) : undefined,
    query.has('since') && query.has('before') ? BOTH_WAYS : undefined,
    namesViolation('event_type', eventTypes, nameRule),
    namesViolation('source', sources, sourceRule),
  ].filter((violation) => violation !== undefined);
  if (violations.length > 0) throw badRequest(violations);

  return {
    ...parsePlace(query),
    limit: query.has('limit') ? Number(limit) : DEFAULT_HISTORY_LIMIT,
    matches: (message) =>
      (!eventTypes || ('event_type' in message && eventTypes.includes(message.event_type))) &&
      (!sources || (message.source !== undefined && sources.includes(message.source))),
  };
}

function parsePlace(query: URLSearchParams): Pick<HistoryQuery, 'since' | 'before' | 'epoch'> {
  const field = (['since', 'before'] as const).find((name) => query.has(name));
  if (!field) return {};
  const { offset, epoch } = positionIn(query, field);

  return { [field]: offset, ...(epoch !== undefined && { epoch }) };
}

function namesOf(query: URLSearchParams, name: string): string[] | undefined {
  return query.has(name) ? query.getAll(name).join(',').split(',') : undefined;
}

function limitViolation(limit: string): Violation | undefined {
  if (/^\d{1,9}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= MAX_HISTORY_LIMIT) return undefined;

  return { field: 'limit', rule: 'limit', message: `limit must be a whole number from 1 to ${MAX_HISTORY_LIMIT}` };
}

function namesViolation(field: string, names: string[] | undefined, rule: Rule): Violation | undefined {
  if (names && names.length > MAX_FILTER_NAMES) {
    return { field, rule: 'names', message: `${field} must be a list of 1 to ${MAX_FILTER_NAMES} names` };
  }

  return names?.map((name) => rule(field, name)).find((violation) => violation !== undefined);
}
