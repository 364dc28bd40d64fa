import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import * as ws from 'ws';
import { encodeTextFrames } from '../../src/connection/websocket-frame.js';

describe('encodeTextFrames', () => {
  async function decode(frames: Buffer): Promise<string[]> {
    const receiver = new (ws as unknown as { Receiver: new (options: object) => PassThrough }).Receiver({
      isServer: false,
    });
    const texts: string[] = [];
    receiver.on('message', (data: Buffer, isBinary: boolean) => texts.push(isBinary ? 'binary' : data.toString()));
    receiver.end(frames);
    await once(receiver, 'finish');

    return texts;
  }

  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 300_000])('frames a text of %d bytes', async (length) => {
    const text = 'x'.repeat(length);

    expect(await decode(encodeTextFrames([text]))).toEqual([text]);
  });

  it('frames any texts, as another implementation reads them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme', maxLength: 300 }), { maxLength: 8 }), async (texts) => {
        expect(await decode(encodeTextFrames(texts))).toEqual(texts);
      }),
      { numRuns: 500 },
    );
  });
});
