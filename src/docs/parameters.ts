import type { JsonSchema } from '../http/dto/json-schema.js';
import {
  DEFAULT_HISTORY_LIMIT,
  MAX_FILTER_NAMES,
  MAX_HISTORY_LIMIT,
  MAX_IDEMPOTENCY_KEY_LENGTH,
  MAX_NAME_LENGTH,
  MAX_RECENT,
  MAX_SOURCE_LENGTH,
} from '../protocol/limits.js';
import { OVERLAY_TYPES } from '../protocol/messages.js';
import { NAME } from '../protocol/rules.js';

export interface Parameter {
  name: string;
  in: 'query' | 'header';
  description: string;
  schema: JsonSchema;
  /** Only on what is shown in the example of the route. */
  example?: unknown;
  /** A list has commas between. */
  style?: 'form';
  explode?: false;
}

const query = (name: string, schema: JsonSchema, description: string, example?: unknown): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
  ...(example !== undefined && { example }),
  ...(schema.type === 'array' && { style: 'form', explode: false }),
});

// Any text is taken: what is no offset of this log resumes nothing, and says so.
const offset: JsonSchema = { type: 'string' };
const epoch: JsonSchema = { type: 'string' };
const flag: JsonSchema = { type: 'string', enum: ['0', '1'] };
const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', minItems: 1, maxItems: MAX_FILTER_NAMES, items });
const name = (maxLength: number): JsonSchema => ({ type: 'string', minLength: 1, maxLength, pattern: NAME.source });
const names = listOf(name(MAX_NAME_LENGTH));
const sources = listOf(name(MAX_SOURCE_LENGTH));

export const IDEMPOTENCY_KEY: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'For a producer that retries: the same key within two minutes, at any instance, is one message; a repeated answer has the header `Idempotency-Replayed: true`.',
  schema: { type: 'string', minLength: 1, maxLength: MAX_IDEMPOTENCY_KEY_LENGTH },
};

export const LAST_EVENT_ID: Parameter = {
  name: 'Last-Event-ID',
  in: 'header',
  description: 'As `since`, and before it, as `<epoch>:<offset>`: a browser sends it by itself when it reconnects.',
  schema: { type: 'string' },
};

export const HISTORY_PARAMETERS: readonly Parameter[] = [
  query(
    'limit',
    { type: 'integer', minimum: 1, maximum: MAX_HISTORY_LIMIT },
    `${DEFAULT_HISTORY_LIMIT} where absent.`,
    10,
  ),
  query(
    'since',
    offset,
    'Only what came right after this offset; one that the log does not know makes it not complete.',
  ),
  query('before', offset, 'Only what came right before this offset; not together with `since`.'),
  query('epoch', epoch, 'The epoch that the offset is of: without it, the log must know the offset.'),
  query('event_type', names, 'Only events of these types.', ['sit', 'bark']),
  query('source', sources, 'Only what is from these sources.'),
];

/** What a listener may ask for, by whichever transport. */
export const SUBSCRIPTION_PARAMETERS: readonly Parameter[] = [
  query('since', offset, 'Sends first what came after this offset; `recovered` says whether that is all.'),
  query('epoch', epoch, 'The `epoch` of the greeting that the offset was kept with.'),
  query(
    'recent',
    { type: 'integer', minimum: 0, maximum: MAX_RECENT },
    'Sends first so many of the newest events, where there is nothing to resume from.',
    20,
  ),
  query('snapshot', flag, 'Sends first the newest overlay and telemetry of each source.', '1'),
  query('types', names, 'Only messages of these types.'),
  query('event_types', names, 'Of events only these types.'),
  query('overlay_types', listOf({ type: 'string', enum: OVERLAY_TYPES }), 'Of overlays only these types.'),
  query('sources', sources, 'Only what is from these sources.'),
  query('acks', flag, 'The client tells what it has handled, by `{"type":"ack"}`; of WebSockets only.'),
];

export const READY_PARAMETERS: readonly Parameter[] = [
  query('shared', flag, 'Ready only while all instances get what is published here.'),
];
