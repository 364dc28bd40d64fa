import { conflationKeyOf, type Delivery } from '../protocol/messages.js';
import { encodeTextFrames } from './websocket-frame.js';
import { encodeServerSentEvent } from './server-sent-event.js';

/** How the bytes of a connection are laid out. */
export type Transport = 'websocket' | 'sse';

/** Broadcasts that go out together, in order, and their bytes one behind the other. */
export interface Batch {
  readonly deliveries: readonly Delivery[];
  readonly bytes: Buffer;
}

export function encodeBatch(deliveries: readonly Delivery[], transport: Transport): Batch {
  const [first, ...more] = deliveries;
  if (first && more.length === 0) return { deliveries, bytes: encodeDelivery(first, transport) };

  // Each by itself is encoded when somebody needs it so: a small buffer for each would cost more than its bytes.
  const bytes =
    transport === 'websocket'
      ? encodeTextFrames(deliveries.map(({ json }) => json))
      : Buffer.concat(deliveries.map((delivery) => encodeDelivery(delivery, transport)));

  return { deliveries, bytes };
}

// A delivery lives as long as the log holds it, and its bytes as long as it does: what 1,000 clients resume from is
// encoded for the first of them.
const encoded: Record<Transport, WeakMap<Delivery, Buffer>> = { websocket: new WeakMap(), sse: new WeakMap() };

/** The bytes of a delivery, to be shared by all connections of this transport. */
export function encodeDelivery(delivery: Delivery, transport: Transport): Buffer {
  const known = encoded[transport].get(delivery);
  if (known) return known;

  const { message, json, epoch } = delivery;
  const bytes =
    transport === 'websocket'
      ? encodeTextFrames([json])
      : encodeServerSentEvent(message.type, json, 'offset' in message ? message.offset : undefined, epoch);
  encoded[transport].set(delivery, bytes);

  return bytes;
}

const keys = new WeakMap<Delivery, string>();

/** The conflation key of a state: one string, however many slow clients it waits for. */
export function keyOf(delivery: Delivery): string {
  const known = keys.get(delivery);
  if (known !== undefined) return known;

  const key = conflationKeyOf(delivery.message);
  keys.set(delivery, key);

  return key;
}
