import type { BroadcastResult, EventsService } from '../events/events.service.js';
import { type ErrorBody, errorBody, HubError, invalidMessage } from '../protocol/errors.js';
import { MAX_BATCH_SIZE, MAX_VIOLATIONS } from '../protocol/limits.js';
import { isJsonObject } from '../protocol/rules.js';
import { ITEMS, optionsOf } from './broadcasts.js';

/** What `POST /api/events/broadcast/batch` answers. */
export interface BatchResult {
  accepted: number;
  refused: number;
  /** One for each item, in their order: what its own route would have answered. */
  results: (BroadcastResult | ErrorBody)[];
}

/** The names of violations that one answer has room for. */
interface Room {
  left: number;
}

/**
 * Broadcasts each item of an array, in its order, as its own route would: `{"type":"event"|"action"|"overlay"|"telemetry"}`
 * and the fields of that route. One that is refused does not stop the others. With a key, item `n` has `<key>:<n>`;
 * `isReplayed` when no item that was accepted is new.
 * @throws HubError `INVALID_MESSAGE` when the body is not an array of 1 to 1,000
 */
export async function broadcastBatch(
  events: EventsService,
  body: unknown,
  key?: string,
): Promise<BatchResult & { isReplayed: boolean }> {
  if (!Array.isArray(body) || body.length === 0 || body.length > MAX_BATCH_SIZE) {
    const message = `body must be an array of 1 to ${MAX_BATCH_SIZE} messages`;
    throw invalidMessage([{ field: 'body', rule: 'array', message }]);
  }

  const answers = await Promise.all(
    body.map((item: unknown, n) =>
      broadcastItem(events, item, key === undefined ? undefined : `${key}:${n}`).catch(refusalFrom),
    ),
  );
  const room = { left: MAX_VIOLATIONS };
  const accepted = answers.flatMap((answer) => (answer instanceof HubError ? [] : [answer]));
  const isReplayed = accepted.length > 0 && accepted.every(({ replayed }) => replayed);
  const results = answers.map((answer) => (answer instanceof HubError ? shortBody(answer, room) : first(answer)));

  return { accepted: accepted.length, refused: results.length - accepted.length, results, isReplayed };
}

async function broadcastItem(events: EventsService, item: unknown, key: string | undefined): Promise<BroadcastResult> {
  const { type, ...body } = isJsonObject(item) ? item : {};
  if (typeof type !== 'string' || !Object.hasOwn(ITEMS, type)) {
    const message = `type must be one of ${Object.keys(ITEMS).join(', ')}`;
    throw invalidMessage([{ field: 'type', rule: 'type', message }]);
  }

  return ITEMS[type as keyof typeof ITEMS](events, body, optionsOf(key));
}

function refusalFrom(error: unknown): HubError {
  if (error instanceof HubError) return error;

  throw error;
}

function first({ replayed: _, ...result }: BroadcastResult): BroadcastResult {
  return result;
}

/** The message of an item names its first violation; all items together list no more than one answer may. */
function shortBody(error: HubError, room: Room): ErrorBody {
  const { errors = [], more = 0, ...body } = errorBody(error);
  const shown = errors.slice(0, room.left);
  room.left -= shown.length;
  const hidden = more + errors.length - shown.length;

  return { ...body, ...(shown.length > 0 && { errors: shown }), ...(hidden > 0 && { more: hidden }) };
}
