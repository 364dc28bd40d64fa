import type { Delivery } from '../relay/relay.js';
import { encodeTextFrame } from './frame.js';
import { encodeServerSentEvent } from './server-sent-event.js';

/** How the bytes of a connection are laid out. */
export type Transport = 'websocket' | 'sse';

/** Broadcasts that go out together, in order, and their bytes one behind the other. */
export interface Batch {
  readonly deliveries: readonly Delivery[];
  readonly bytes: Buffer;
}

export function encodeBatch(deliveries: readonly Delivery[], transport: Transport): Batch {
  const [first, ...more] = deliveries.map((delivery) => encodeDelivery(delivery, transport));

  return { deliveries, bytes: first && more.length === 0 ? first : Buffer.concat(first ? [first, ...more] : []) };
}

// A delivery lives as long as the log holds it, and its bytes as long as it does: what 1,000 clients resume from is
// encoded for the first of them, or was already when it was broadcast.
const encoded: Record<Transport, WeakMap<Delivery, Buffer>> = { websocket: new WeakMap(), sse: new WeakMap() };

/** The bytes of a delivery, to be shared by all connections of this transport. */
export function encodeDelivery(delivery: Delivery, transport: Transport): Buffer {
  const known = encoded[transport].get(delivery);
  if (known) return known;

  const { message, json } = delivery;
  const bytes =
    transport === 'websocket'
      ? encodeTextFrame(json)
      : encodeServerSentEvent(message.type, json, 'offset' in message ? message.offset : undefined);
  encoded[transport].set(delivery, bytes);

  return bytes;
}
