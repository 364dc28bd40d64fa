import type { BroadcastResult, EventsService } from '../events/events.service.js';
import { type ErrorBody, errorBody, HubError, invalidMessage } from '../protocol/errors.js';
import { MAX_BATCH_SIZE } from '../protocol/limits.js';
import { isJsonObject } from '../protocol/rules.js';
import { BROADCASTS } from './broadcasts.js';

/** What `POST /api/events/broadcast/batch` answers. */
export interface BatchResult {
  accepted: number;
  refused: number;
  /** One for each item, in their order: what its own route would have answered. */
  results: (BroadcastResult | ErrorBody)[];
}

/**
 * Broadcasts each item of an array, in its order, as its own route would: `{"type":"event"|"action"|"overlay"|"telemetry"}`
 * and the fields of that route. One that is refused does not stop the others. With a key, item `n` has `<key>:<n>`.
 * @throws HubError `INVALID_MESSAGE` when the body is not an array of 1 to 1,000
 */
export async function broadcastBatch(events: EventsService, body: unknown, key?: string): Promise<BatchResult> {
  if (!Array.isArray(body) || body.length === 0 || body.length > MAX_BATCH_SIZE) {
    const message = `body must be an array of 1 to ${MAX_BATCH_SIZE} messages`;
    throw invalidMessage([{ field: 'body', rule: 'array', message }]);
  }

  const results = await Promise.all(
    body.map((item: unknown, n) =>
      broadcastItem(events, item, key === undefined ? undefined : `${key}:${n}`).catch(errorOf),
    ),
  );
  const refused = results.filter((result) => 'statusCode' in result).length;

  return { accepted: results.length - refused, refused, results };
}

async function broadcastItem(events: EventsService, item: unknown, key: string | undefined): Promise<BroadcastResult> {
  const { type, ...body } = isJsonObject(item) ? item : {};
  if (typeof type !== 'string' || !Object.hasOwn(BROADCASTS, type)) {
    const message = `type must be one of ${Object.keys(BROADCASTS).join(', ')}`;
    throw invalidMessage([{ field: 'type', rule: 'type', message }]);
  }

  return BROADCASTS[type as keyof typeof BROADCASTS](events, body, key);
}

function errorOf(error: unknown): ErrorBody {
  if (error instanceof HubError) return errorBody(error);

  throw error;
}
