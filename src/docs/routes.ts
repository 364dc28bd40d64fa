import type { JsonSchema } from '../http/dto/json-schema.js';
import { DEFAULT_HISTORY_LIMIT, MAX_HISTORY_LIMIT } from '../protocol/limits.js';
import {
  HISTORY_PARAMETERS,
  IDEMPOTENCY_KEY,
  LAST_EVENT_ID,
  type Parameter,
  READY_PARAMETERS,
  SUBSCRIPTION_PARAMETERS,
} from './parameters.js';
import { ref } from './schemas.js';

export interface Answer {
  description: string;
  content?: Record<string, { schema: JsonSchema }>;
}

export interface Route {
  method: 'get' | 'post';
  path: string;
  operationId: string;
  summary: string;
  description?: string;
  parameters?: readonly Parameter[];
  requestBody?: { required: true; content: { 'application/json': { schema: JsonSchema; example: unknown } } };
  responses: Record<string, Answer>;
}

const json = (description: string, schema: string): Answer => ({
  description,
  content: { 'application/json': { schema: ref(schema) } },
});
const text = (description: string, type: string): Answer => ({
  description,
  content: { [type]: { schema: { type: 'string' } } },
});

const BAD_QUERY = { 400: json('A parameter breaks a rule.', 'Error') };
const CLOSING = { 503: json('The hub is shutting down.', 'Error') };

/** A route that takes JSON and answers 202. */
function post(
  [path, operationId, schema]: [path: string, operationId: string, schema: string],
  example: unknown,
  words: { summary: string; description?: string },
  accepted = json(
    'In the log and delivered here, or with `shared: false` delivered here and waiting for Redis.',
    'Accepted',
  ),
): Route {
  return {
    method: 'post',
    path: `/api/events/broadcast${path}`,
    operationId,
    ...words,
    parameters: [IDEMPOTENCY_KEY],
    requestBody: { required: true, content: { 'application/json': { schema: ref(schema), example } } },
    responses: {
      202: accepted,
      400: json('A rule is broken, or the body is not JSON. It reaches nobody.', 'Error'),
      408: json('The request did not come in time.', 'Error'),
      413: json('The message is too large.', 'Error'),
      415: json('The body is not `application/json`, or it is compressed.', 'Error'),
      422: json('The `Idempotency-Key` was used for another message.', 'Error'),
      ...CLOSING,
    },
  };
}

const BOX = { x: 100, y: 150, w: 200, h: 300, label: 'dog', confidence: 0.95 };

/** Every route of the hub but those of its pages; a test holds that there are no others. */
export const ROUTES: readonly Route[] = [
  post(
    ['', 'broadcastEvent', 'Event'],
    { event_type: 'test_event', data: { message: 'Hello WebSocket' } },
    { summary: 'Broadcast an event', description: 'A fact: every client gets it exactly once, in one order for all.' },
  ),
  post(
    ['/action', 'broadcastAction', 'Action'],
    { action: 'sit', confidence: 0.95, metadata: { duration: 5.2 } },
    {
      summary: 'Broadcast what the dog did',
      description:
        'An event whose `event_type` is the action, and whose `data` is `{timestamp, confidence, metadata}`.',
    },
  ),
  post(
    ['/overlay', 'broadcastOverlay', 'Overlay'],
    { overlay_type: 'detection', data: { boxes: [BOX] } },
    {
      summary: 'Broadcast what to draw over the video',
      description:
        'A state: of each `overlay_type` and `source` only the newest counts, and a slow client gets only that.',
    },
  ),
  post(
    ['/telemetry', 'broadcastTelemetry', 'Telemetry'],
    { data: { fps: 30, latency_ms: 120, temperature: 45.5, battery: 85 } },
    { summary: 'Broadcast readings', description: 'A state: of each `source` only the newest counts.' },
  ),
  post(
    ['/batch', 'broadcastBatch', 'Batch'],
    [
      { type: 'event', event_type: 'bark', data: {} },
      { type: 'action', action: 'sit', confidence: 0.95 },
      { type: 'overlay', overlay_type: 'detection', data: { boxes: [BOX] } },
      { type: 'telemetry', data: { fps: 30 } },
    ],
    {
      summary: 'Broadcast many at once',
      description: 'In their order, each as its own route would. One that is refused does not stop the others.',
    },
    json('What was accepted and what was refused, item by item.', 'BatchResult'),
  ),
  {
    method: 'get',
    path: '/api/events',
    operationId: 'readEvents',
    summary: 'Read the log',
    description: `The newest ${DEFAULT_HISTORY_LIMIT} events without parameters; ${MAX_HISTORY_LIMIT} in one answer at most.`,
    parameters: HISTORY_PARAMETERS,
    responses: { 200: json('A page of the log.', 'History'), ...BAD_QUERY },
  },
  {
    method: 'get',
    path: '/api/events/stream',
    operationId: 'streamEvents',
    summary: 'Listen by Server-Sent Events',
    description: 'The stream of the WebSocket, for where those do not pass.',
    parameters: [...SUBSCRIPTION_PARAMETERS, LAST_EVENT_ID],
    responses: { 200: text('The stream; it does not end by itself.', 'text/event-stream'), ...BAD_QUERY, ...CLOSING },
  },
  {
    method: 'get',
    path: '/ws/ui',
    operationId: 'listen',
    summary: 'Listen by WebSocket',
    description: 'JSON text frames: a `connection` message first, then all that is broadcast.',
    parameters: SUBSCRIPTION_PARAMETERS,
    responses: {
      101: { description: 'The WebSocket is open.' },
      ...BAD_QUERY,
      426: json('This was no WebSocket handshake.', 'Error'),
      ...CLOSING,
    },
  },
  {
    method: 'get',
    path: '/api/connections',
    operationId: 'listConnections',
    summary: 'See who is connected',
    responses: { 200: json('The connections of this instance, and how many each instance has.', 'Connections') },
  },
  {
    method: 'get',
    path: '/health/live',
    operationId: 'isLive',
    summary: 'Ask whether the process serves',
    responses: { 200: json('It does.', 'Live') },
  },
  {
    method: 'get',
    path: '/health/ready',
    operationId: 'isReady',
    summary: 'Ask whether this instance can serve its clients',
    description: 'It can also while it is alone (`degraded`); then `shared=1` is answered 503.',
    parameters: READY_PARAMETERS,
    responses: {
      ...BAD_QUERY,
      200: json('It can: `ok` in step with the others, `degraded` alone.', 'Ready'),
      503: json('It is starting or draining; with `shared=1` also where it is not in step.', 'Ready'),
    },
  },
  {
    method: 'get',
    path: '/metrics',
    operationId: 'readMetrics',
    summary: 'Scrape the counts, for Prometheus',
    responses: { 200: text('In the text format of Prometheus.', 'text/plain') },
  },
  {
    method: 'get',
    path: '/api/openapi.json',
    operationId: 'readOpenApi',
    summary: 'Read this description, for programs',
    responses: {
      200: { description: 'OpenAPI 3.0.', content: { 'application/json': { schema: { type: 'object' } } } },
    },
  },
];
