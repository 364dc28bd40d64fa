const FIN_TEXT = 0x81;
const FIN_PING = 0x89;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MARK_BYTES = 6;

/**
 * The WebSocket frame of a text message, from server to client. It is not masked, so the same bytes serve every
 * connection. Source: RFC 6455 section 5.2.
 */
export function encodeTextFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const headerLength = length < LENGTH_16 ? 2 : length <= 0xffff ? 4 : 10;
  const frame = Buffer.allocUnsafeSlow(headerLength + length);

  frame[0] = FIN_TEXT;
  if (headerLength === 2) {
    frame[1] = length;
  } else if (headerLength === 4) {
    frame[1] = LENGTH_16;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = LENGTH_64;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, headerLength);

  return frame;
}

/** A ping whose pong brings this mark back: 6 bytes, so up to 281 TB on one connection. Source: RFC 6455 section 5.5.2. */
export function encodePing(mark: number): Buffer {
  const frame = Buffer.allocUnsafe(2 + MARK_BYTES);
  frame[0] = FIN_PING;
  frame[1] = MARK_BYTES;
  frame.writeUIntBE(mark, 2, MARK_BYTES);

  return frame;
}

/** The mark of a pong; `undefined` for one that answers no ping of ours. */
export function markOf(pong: Buffer): number | undefined {
  return pong.length === MARK_BYTES ? pong.readUIntBE(0, MARK_BYTES) : undefined;
}
