import { LENGTH_16, MARK_BYTES } from './websocket-frame.js';

/** A masked pong in one piece, with as many bytes of payload as our pings have. Source: RFC 6455 section 5.2. */
const FIN_PONG = 0x8a;
const MASKED = 0x80;
const MASK_BYTES = 4;
const MARK_AT = 2 + MASK_BYTES;
const PONG_BYTES = MARK_AT + MARK_BYTES;

/** Most bytes that tell how long a frame is. */
const LENGTH_KNOWN_AT = 10;

const NOTHING = Buffer.alloc(0);

/**
 * Takes the answers to our own pings out of what a client sends; all else is for the library, as it came. The library
 * holds on to the mask of the newest frame, and so to what it was read with, until the next frame: of ten thousand
 * clients that answer now and then, that is garbage which the collector has carried into the old space of the heap.
 */
export class PongReader {
  /** How much of the frame under way is still to come, in bytes. */
  private left = 0;
  /** The beginning of a frame, not enough to tell how long it is. */
  private head = NOTHING;

  /** @param onPong told the mark of the ping that was answered */
  constructor(private readonly onPong: (mark: number) => void) {}

  /** Returns what of this chunk is for the library: all that is behind the pongs it begins with. */
  read(chunk: Buffer): Buffer {
    let at = 0;
    if (this.left === 0 && this.head.length === 0) {
      for (; isPong(chunk, at); at += PONG_BYTES) this.onPong(markAt(chunk, at));
    }

    const rest = at === 0 ? chunk : chunk.subarray(at);
    this.pass(rest);

    return rest;
  }

  /** Goes over it, to know whether the next chunk begins with a frame. */
  private pass(chunk: Buffer): void {
    let at = this.skip(chunk, 0);
    while (at < chunk.length) {
      const known = this.head.length;
      const head = Buffer.concat([this.head, chunk.subarray(at, at + LENGTH_KNOWN_AT - known)]);
      const bytes = frameBytesOf(head);
      if (bytes === undefined) {
        this.head = head;
        return;
      }

      this.head = NOTHING;
      this.left = bytes - known;
      at = this.skip(chunk, at);
    }
  }

  private skip(chunk: Buffer, at: number): number {
    const skipped = Math.min(this.left, chunk.length - at);
    this.left -= skipped;

    return at + skipped;
  }
}

function isPong(chunk: Buffer, at: number): boolean {
  return chunk.length - at >= PONG_BYTES && chunk[at] === FIN_PONG && chunk[at + 1] === (MASKED | MARK_BYTES);
}

function markAt(chunk: Buffer, at: number): number {
  let mark = 0;
  for (let n = 0; n < MARK_BYTES; n++) {
    const masked = chunk[at + MARK_AT + n] ?? 0;
    mark = mark * 256 + (masked ^ (chunk[at + 2 + (n % MASK_BYTES)] ?? 0));
  }

  return mark;
}

/** Of the whole frame; `undefined` where this beginning of it is too short to tell. */
function frameBytesOf(head: Buffer): number | undefined {
  const [, second] = head;
  if (second === undefined) return undefined;
  const length = second & ~MASKED;
  const mask = second & MASKED ? MASK_BYTES : 0;

  if (length < LENGTH_16) return 2 + mask + length;
  if (length === LENGTH_16) return head.length < 4 ? undefined : 4 + mask + head.readUInt16BE(2);

  return head.length < LENGTH_KNOWN_AT ? undefined : LENGTH_KNOWN_AT + mask + Number(head.readBigUInt64BE(2));
}
