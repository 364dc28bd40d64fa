import { HubError } from './errors.js';
import { isJsonObject } from './rules.js';

/** What a client may send. The guide needs none of it; all is opt-in. */
export interface ClientMessage {
  type: string;
  data: unknown;
}

/**
 * Reads one text frame of a client.
 * @throws HubError `INVALID_JSON` when it is not JSON, `INVALID_MESSAGE` when it is not an object with a string `type`
 */
export function parseClientMessage(text: string): ClientMessage {
  let value: unknown;

  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new HubError('INVALID_JSON', 'frame is not valid JSON', { cause });
  }

  if (!isJsonObject(value) || typeof value['type'] !== 'string') {
    throw new HubError('INVALID_MESSAGE', 'frame must be a JSON object with a string field "type"');
  }

  return { type: value['type'], data: value['data'] };
}
