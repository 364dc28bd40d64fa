import { Readable } from 'node:stream';
import { Turns } from '../../hub/time-sliced-queue.js';

/**
 * What is written at a time, in characters or bytes. Node encodes a string this short on its stack, where a buffer would be
 * garbage that only a full collection frees.
 */
const SLICE_LENGTH = 5_000;

/** Shorter answers go out in one. */
const LONG = 32 * 1024;

/** The work for long answers: those who wait for a short one do not wait for all of these. */
export const turns = new Turns<() => void>((work) => work());

/** Whether a body is so long that it takes its turn, and an answer so long that its reader should get it in slices. */
export function isLong(payload: unknown): payload is string | Buffer {
  return (typeof payload === 'string' || Buffer.isBuffer(payload)) && payload.length > LONG;
}

/**
 * A body that is made as its reader takes it: a reader that takes nothing holds a slice or two, and for the rest only
 * the parts as they are, which the log has anyway.
 */
export function sliced(parts: Iterable<string | Buffer>): Readable {
  const slices = slicesOf(parts);

  return new Readable({
    objectMode: true,
    highWaterMark: 1,
    read() {
      turns.add(() => {
        if (this.destroyed) return;
        this.push(slices.next().value ?? null);
      });
    },
  });
}

function* slicesOf(parts: Iterable<string | Buffer>): Generator<string | Buffer, void> {
  let text = '';

  for (const part of parts) {
    if (typeof part === 'string' && part.length <= SLICE_LENGTH) {
      text += part;
      if (text.length < SLICE_LENGTH) continue;
    }
    if (text !== '') yield text;
    text = '';
    if (part.length > SLICE_LENGTH) yield* cut(part);
    else if (typeof part !== 'string') yield part;
  }

  if (text !== '') yield text;
}

function* cut(part: string | Buffer): Generator<string | Buffer, void> {
  for (let start = 0, end = 0; start < part.length; start = end) {
    end = Math.min(start + SLICE_LENGTH, part.length);
    if (typeof part !== 'string') {
      yield part.subarray(start, end);
      continue;
    }

    // Half of a pair of surrogates has no bytes of its own.
    if (end < part.length && isHighSurrogate(part.charCodeAt(end - 1))) end--;
    yield part.slice(start, end);
  }
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
