import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MessagePrinter } from '../../src/cli/message-printer.js';

const HOSTILE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

function printed(text: string, isRaw: boolean): string {
  let out = '';
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      out += chunk.toString();
      done();
    },
  });
  new MessagePrinter(stream as NodeJS.WriteStream, { types: [], isRaw }).print(text);

  return out;
}

describe('a message that is printed', () => {
  it.each([true, false])('is one line without controls, whatever is in it (raw: %s)', (isRaw) => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, isJson) => {
        const frame = isJson
          ? JSON.stringify({ type: text, event_type: text, source: text, data: { [text]: text } })
          : text;
        const out = printed(frame, isRaw);

        expect(out.slice(0, -1)).not.toMatch(HOSTILE);
        expect(out.slice(0, -1)).not.toContain('\n');
        // As UTF-8 carries it: half a surrogate pair is no text.
        if (isRaw && isJson) expect(JSON.parse(out)).toEqual(JSON.parse(frame));
      }),
    );
  });

  it('is the same JSON on one line where it came on many', () => {
    const message = { type: 'event', data: { a: 'b\n\u2028\u202e', c: [1, 2] } };

    expect(JSON.parse(printed(JSON.stringify(message, null, '\t'), true))).toEqual(message);
    expect(
      printed(JSON.stringify(message, null, 2), true)
        .trimEnd()
        .split('\n'),
    ).toHaveLength(1);
  });

  it.each([' ', '\t', '\n', '\r\n', ' \n', '\u2028'])('takes time in proportion to its length: runs of %j', (blank) => {
    const costOf = (length: number): number => {
      const text = `{"type":"event","data":{"a":"${'x'}"}${blank.repeat(length)}}`;
      const from = process.cpuUsage().user;
      printed(text, true);

      return process.cpuUsage().user - from;
    };
    costOf(1_000);

    // What grows with the square of half a million would take many minutes, in µs.
    expect(costOf(500_000)).toBeLessThan(60_000_000);
  });
});
