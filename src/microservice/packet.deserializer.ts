import type { ConsumerDeserializer, IncomingEvent, IncomingRequest } from '@nestjs/microservices';
import { isJsonObject } from '../protocol/rules.js';

/**
 * Reads what a Nest client sends, `{pattern, data, id?}`, and the bare body of any other publisher. Nest's own takes
 * every object with a field `data` for one of its packets, so `event_type` would be lost.
 */
export class PacketDeserializer implements ConsumerDeserializer {
  deserialize(value: unknown, { channel = '' }: { channel?: string } = {}): IncomingEvent | IncomingRequest {
    if (!isJsonObject(value) || typeof value['pattern'] !== 'string') return { pattern: channel, data: value };

    const { pattern, data, id } = value;
    return typeof id === 'string' ? { pattern, data, id } : { pattern, data };
  }
}
