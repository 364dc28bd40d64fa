const FIN_TEXT = 0x81;
const FIN_PING = 0x89;
const FIN_PONG = 0x8a;
/** In place of a length: the two bytes behind it are the length. Above this one it is eight bytes. */
const LENGTH_16 = 126;
const LENGTH_64 = 127;
/** The payload of our pings. */
const MARK_BYTES = 6;

/**
 * The WebSocket frames of text messages, from server to client, one behind the other. They are not masked, so the same
 * bytes serve every connection. Source: RFC 6455 section 5.2.
 */
export function encodeTextFrames(texts: readonly string[]): Buffer {
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const size = lengths.reduce((sum, length) => sum + headerLengthOf(length) + length, 0);
  const frames = Buffer.allocUnsafeSlow(size);
  let at = 0;

  texts.forEach((text, n) => {
    at = writeHeader(frames, at, lengths[n] ?? 0);
    at += frames.write(text, at);
  });

  return frames;
}

function headerLengthOf(length: number): number {
  if (length < LENGTH_16) return 2;

  return length <= 0xffff ? 4 : 10;
}

/** Returns where the payload begins. */
function writeHeader(frames: Buffer, at: number, length: number): number {
  frames[at] = FIN_TEXT;
  if (length < LENGTH_16) {
    frames[at + 1] = length;
    return at + 2;
  }
  if (length <= 0xffff) {
    frames[at + 1] = LENGTH_16;
    return frames.writeUInt16BE(length, at + 2);
  }

  frames[at + 1] = LENGTH_64;
  return frames.writeBigUInt64BE(BigInt(length), at + 2);
}

/**
 * A ping whose pong brings this mark back: 6 bytes, so up to 281 TB on one connection; 0 is no mark. Source: RFC 6455
 * section 5.5.2.
 */
export function encodePing(mark: number): Buffer {
  const frame = Buffer.allocUnsafe(2 + MARK_BYTES);
  frame[0] = FIN_PING;
  frame[1] = MARK_BYTES;
  frame.writeUIntBE(mark, 2, MARK_BYTES);

  return frame;
}

/** The answer to a client's ping: with its payload, which is of 125 bytes at most. Source: RFC 6455 section 5.5.3. */
export function encodePong(payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(2 + payload.length);
  frame[0] = FIN_PONG;
  frame[1] = payload.length;
  frame.set(payload, 2);

  return frame;
}

/** The mark of a pong; 0 for one that answers no ping of ours. */
export function markOf(pong: Buffer): number {
  return pong.length === MARK_BYTES ? pong.readUIntBE(0, MARK_BYTES) : 0;
}
