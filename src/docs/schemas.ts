import { ActionDto } from '../http/dto/action.dto.js';
import { BroadcastDto } from '../http/dto/broadcast.dto.js';
import type { JsonSchema } from '../http/dto/json-schema.js';
import { OverlayDto } from '../http/dto/overlay.dto.js';
import { schemaOf } from '../http/dto/rules.js';
import { TelemetryDto } from '../http/dto/telemetry.dto.js';
import { MAX_BATCH_SIZE, MAX_VIOLATIONS } from '../protocol/limits.js';

const text: JsonSchema = { type: 'string' };
const count: JsonSchema = { type: 'integer', minimum: 0 };

function object(properties: Record<string, JsonSchema>, optional: readonly string[] = []): JsonSchema {
  return { type: 'object', required: Object.keys(properties).filter((name) => !optional.includes(name)), properties };
}

export const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

const BODIES = {
  Event: schemaOf(BroadcastDto),
  Action: schemaOf(ActionDto),
  Overlay: schemaOf(OverlayDto),
  Telemetry: schemaOf(TelemetryDto),
} satisfies Record<string, JsonSchema>;

/** An item of a batch is the body of a route that says which route. */
const ITEMS = Object.entries(BODIES).map(([name, { required = [], properties, ...rest }]): JsonSchema => ({
  ...rest,
  required: ['type', ...required],
  properties: { type: { type: 'string', enum: [name.toLowerCase()] }, ...properties },
}));

/** All bodies, of requests and answers; those of requests are made of the rules that check them. */
export const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  ...BODIES,
  Batch: { type: 'array', minItems: 1, maxItems: MAX_BATCH_SIZE, items: { oneOf: ITEMS } },
  Accepted: object(
    {
      id: { ...text, description: 'Unique; of events only.' },
      type: text,
      connections: { ...count, description: 'Open connections, over all instances.' },
      shared: { type: 'boolean', description: '`false` while it waits for Redis at this instance.' },
    },
    ['id'],
  ),
  BatchResult: object({
    accepted: count,
    refused: count,
    results: {
      type: 'array',
      description: 'One for each item, in their order.',
      items: { oneOf: [ref('Accepted'), ref('Error')] },
    },
  }),
  Error: object(
    {
      statusCode: { type: 'integer' },
      code: { ...text, description: 'Stable, such as `INVALID_MESSAGE`.' },
      message: { ...text, description: 'Names the thing and the limit.' },
      errors: {
        type: 'array',
        description: 'The rules that were broken, where some were.',
        maxItems: MAX_VIOLATIONS,
        items: object({
          field: { ...text, description: 'A path such as `data.boxes[0].w`.' },
          rule: text,
          message: text,
        }),
      },
      more: { ...count, description: 'How many more were broken.' },
    },
    ['errors', 'more'],
  ),
  History: object(
    {
      events: { type: 'array', description: 'As on the WebSocket, oldest first.', items: { type: 'object' } },
      complete: {
        type: 'boolean',
        description: '`false` when the log does not reach back to the given offset, or cannot vouch for it.',
      },
      next: {
        ...text,
        nullable: true,
        description: 'The `since`, or going back the `before`, of the page that follows.',
      },
      epoch: { ...text, description: 'Goes with `next`; absent before the first contact with Redis.' },
    },
    ['epoch'],
  ),
  Connections: object({
    count: { ...count, description: 'At this instance.' },
    instances: {
      type: 'array',
      description: 'This one first, the others some seconds old.',
      items: object({ instance_id: text, count }),
    },
    connections: {
      type: 'array',
      items: object(
        {
          id: text,
          transport: { ...text, enum: ['websocket', 'sse'] },
          connected_at: { ...text, format: 'date-time' },
          remote_address: text,
          filter: { type: 'object' },
          sent: count,
          conflated: count,
          buffered: { ...count, description: 'Bytes.' },
          unread: { ...count, description: 'Bytes.' },
          window: { ...count, description: 'Bytes that may be unread now.' },
          delivery_rate: { type: 'number', description: 'Bytes a second.' },
          round_trip_ms: { type: 'number' },
        },
        ['filter', 'unread', 'window', 'delivery_rate', 'round_trip_ms'],
      ),
    },
  }),
  Live: object({ status: { ...text, enum: ['ok'] } }),
  Ready: object({
    status: { ...text, enum: ['ok', 'degraded', 'starting', 'draining'] },
    relay: object({ state: { ...text, description: 'How far it is with the other instances, in its own word.' } }),
  }),
};
