import { badRequest, invalidMessage, type Violation } from './errors.js';
import { MAX_FILTER_NAMES } from './limits.js';
import type { FilterLists, Heading } from './messages.js';
import { isJsonObject, nameRule, overlayTypeRule, type Rule, sourceRule } from './rules.js';

const RULES: Record<keyof FilterLists, Rule> = {
  types: nameRule,
  event_types: nameRule,
  overlay_types: overlayTypeRule,
  sources: sourceRule,
};
const FIELDS = Object.keys(RULES) as (keyof FilterLists)[];

/** Which broadcasts a connection wants. Two filters of the same `key` let the same messages through. */
export class Filter {
  readonly key: string;
  private readonly types: ReadonlySet<string> | undefined;
  private readonly eventTypes: ReadonlySet<string> | undefined;
  private readonly overlayTypes: ReadonlySet<string> | undefined;
  private readonly sources: ReadonlySet<string> | undefined;

  /** @param lists at least one, each of at least one name */
  constructor(readonly lists: FilterLists) {
    this.key = JSON.stringify(FIELDS.map((field) => lists[field] && [...new Set(lists[field])].sort()));
    this.types = setOf(lists.types);
    this.eventTypes = setOf(lists.event_types);
    this.overlayTypes = setOf(lists.overlay_types);
    this.sources = setOf(lists.sources);
  }

  matches(message: Heading): boolean {
    if (this.types && !this.types.has(message.type)) return false;
    if (this.sources && (message.source === undefined || !this.sources.has(message.source))) return false;

    if (message.type === 'event') return this.eventTypes?.has(message.event_type) ?? true;
    if (message.type === 'overlay') return this.overlayTypes?.has(message.overlay_type) ?? true;

    return true;
  }
}

function setOf(names: readonly string[] | undefined): ReadonlySet<string> | undefined {
  return names && new Set(names);
}

/**
 * The filter in a query, each list as names with commas between; `undefined` when there is none.
 * @throws HubError `BAD_REQUEST` with each field and the rule it breaks
 */
export function parseFilterQuery(query: URLSearchParams): Filter | undefined {
  const present = FIELDS.filter((field) => query.has(field));
  const lists = Object.fromEntries(present.map((field) => [field, query.getAll(field).join(',').split(',')]));

  const violations = present.flatMap((field) => listViolation(field, field, lists[field]) ?? []);
  if (violations.length > 0) throw badRequest(violations);

  return filterOf(lists);
}

/**
 * The filter in the `data` of `{"type":"subscribe","data":{…}}`; `undefined` when it is `{}`, which means everything.
 * @throws HubError `INVALID_MESSAGE` with each field and the rule it breaks
 */
export function parseFilter(data: unknown): Filter | undefined {
  if (!isJsonObject(data)) {
    throw invalidMessage([{ field: 'data', rule: 'object', message: 'data must be a JSON object' }]);
  }

  const violations = Object.entries(data).flatMap(([key, value]) => {
    const field = FIELDS.find((known) => known === key);

    return (field ? listViolation(field, `data.${field}`, value) : unknownField(key)) ?? [];
  });
  if (violations.length > 0) throw invalidMessage(violations);

  return filterOf(data);
}

function filterOf(lists: FilterLists): Filter | undefined {
  return Object.keys(lists).length > 0 ? new Filter(lists) : undefined;
}

function listViolation(field: keyof FilterLists, path: string, names: unknown): Violation | undefined {
  if (!Array.isArray(names) || names.length === 0 || names.length > MAX_FILTER_NAMES) {
    return { field: path, rule: 'names', message: `${path} must be a list of 1 to ${MAX_FILTER_NAMES} names` };
  }

  for (let i = 0; i < names.length; i++) {
    // `null` stands for what a hole or `undefined` would be: a source may be absent from a message, not from a list.
    const violation = RULES[field](`${path}[${i}]`, (names[i] as unknown) ?? null);
    if (violation) return violation;
  }

  return undefined;
}

function unknownField(key: string): Violation {
  return {
    field: 'data',
    rule: 'unknown',
    message: `data may have the fields ${FIELDS.join(', ')} only, not ${JSON.stringify(key.slice(0, 64))}`,
  };
}
