import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import * as ws from 'ws';
import { encodePing, markOf } from '../../src/connection/websocket-frame.js';
import { PongReader } from '../../src/connection/pong-reader.js';

type Frame = (data: Buffer, options: object) => Buffer[];
const { frame } = (ws as unknown as { Sender: { frame: Frame } }).Sender;

interface Given {
  opcode: number;
  fin: boolean;
  payload: Buffer;
}

/** A frame as a client sends it: the library's own encoding, with a mask. */
function encode({ opcode, fin, payload }: Given, generateMask: (mask: Buffer) => void): Buffer {
  return Buffer.concat(
    frame(Buffer.from(payload), { fin, rsv1: false, opcode, mask: true, readOnly: false, generateMask }),
  );
}

const pong = fc
  .nat({ max: 2 ** 48 - 1 })
  .map((mark) => ({ opcode: 10, fin: true, payload: encodePing(mark).subarray(2) }));

/** Its payload looks like a pong, so that only whoever knows where frames begin can tell. */
const lookalike = fc.integer({ min: 1, max: 20 }).map((times) => ({
  opcode: 2,
  fin: true,
  payload: Buffer.concat(new Array<Buffer>(times).fill(Buffer.from([0x8a, 0x86, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6]))),
}));

const other = fc.record({
  opcode: fc.constantFrom(0, 1, 2, 9, 10),
  fin: fc.boolean(),
  payload: fc
    // The last one is the beginning of a pong where it tells the length of a frame.
    .oneof(
      fc.nat(20),
      fc.integer({ min: 120, max: 130 }),
      fc.integer({ min: 65_530, max: 65_540 }),
      fc.constant(0x8a86),
    )
    .map((length) => Buffer.alloc(length, 0x8a)),
});

describe('PongReader', () => {
  it('takes only whole pongs at the beginning of a chunk, and leaves all else as it came, however it is cut', () => {
    const frames = fc.array(fc.oneof({ weight: 3, arbitrary: pong }, lookalike, other), { maxLength: 12 });
    // Long frames are rarely cut where it matters by cuts anywhere, so some are near the edges of frames.
    const cuts = fc.array(fc.tuple(fc.nat(12), fc.integer({ min: -13, max: 13 })), { maxLength: 12 });

    fc.assert(
      fc.property(frames, cuts, fc.boolean(), (given, cuts, isMaskZero) => {
        const encoded = given.map((each) => encode(each, (mask) => mask.fill(isMaskZero ? 0 : 0x37)));
        const all = Buffer.concat(encoded);
        const edges = encoded.reduce<number[]>((ends, { length }) => [...ends, (ends.at(-1) ?? 0) + length], [0]);
        const places = cuts
          .map(([n, by]) => (edges[n % edges.length] ?? 0) + by)
          .filter((at) => at > 0 && at < all.length);
        const bounds = [0, ...new Set(places.sort((a, b) => a - b)), all.length];

        const wanted: { marks: number[]; rest: Buffer[] } = { marks: [], rest: [] };
        for (let n = 1; n < bounds.length; n++) {
          const end = bounds[n] ?? 0;
          let at = bounds[n - 1] ?? 0;
          for (;;) {
            const place = edges.indexOf(at);
            const next = given[place];
            if (place === -1 || !next || !isOurs(next) || (edges[place + 1] ?? 0) > end) break;
            wanted.marks.push(markOf(next.payload));
            at = edges[place + 1] ?? 0;
          }
          wanted.rest.push(all.subarray(at, end));
        }

        const marks: number[] = [];
        const reader = new PongReader((mark) => marks.push(mark));
        const rest = bounds.slice(1).map((end, n) => reader.read(all.subarray(bounds[n], end)));

        expect(marks).toEqual(wanted.marks);
        expect(Buffer.concat(rest).equals(Buffer.concat(wanted.rest))).toBe(true);
        expect(rest.map(({ length }) => length)).toEqual(wanted.rest.map(({ length }) => length));
      }),
      { numRuns: 2_000 },
    );
  });
});

function isOurs({ opcode, fin, payload }: Given): boolean {
  return opcode === 10 && fin && payload.length === 6;
}
