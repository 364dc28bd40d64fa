import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import * as ws from 'ws';
import { encodeTextFrame } from '../../src/gateway/frame.js';

describe('encodeTextFrame', () => {
  async function decode(frame: Buffer): Promise<string> {
    const receiver = new (ws as unknown as { Receiver: new (options: object) => PassThrough }).Receiver({
      isServer: false,
    });
    const message = once(receiver, 'message') as Promise<[Buffer, boolean]>;
    receiver.write(frame);
    const [data, isBinary] = await message;
    expect(isBinary).toBe(false);

    return data.toString();
  }

  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 300_000])('frames a text of %d bytes', async (length) => {
    const text = 'x'.repeat(length);

    expect(await decode(encodeTextFrame(text))).toBe(text);
  });

  it('frames any text, as another implementation reads it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 300 }), async (text) => {
        expect(await decode(encodeTextFrame(text))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });
});
