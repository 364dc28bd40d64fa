import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { HubLogger } from '../src/hub-logger.js';

const HOSTILE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

describe.each(['text', 'json'] as const)('a log as %s', (logFormat) => {
  let written: string[];
  let logger: HubLogger;

  beforeEach(() => {
    written = [];
    for (const stream of [process.stdout, process.stderr]) {
      jest.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    }
    logger = new HubLogger({ logFormat, logLevel: 'debug' });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const lines = (): string[] => written.join('').split('\n').slice(0, -1);

  it.each([
    ['line breaks', 'a\nb\r\nc\u2028d\u2029e\u0085f\u000bg'],
    ['terminal escapes', '\u001b[2J\u009b31m\u0007\u007f'],
    ['bidi marks', 'a\u202eb\u2066c\u200fd\u061ce\ufeff'],
  ])('escapes %s, in messages, contexts and errors', (_, text) => {
    logger.log(text, text);
    logger.warn(text, 'Hub');
    logger.error(new Error(text), 'Hub');
    logger.error(text, `Error: ${text}\n    at ${text} (file:1:2)`, 'Hub');
    logger.fatal({ [text]: text }, 'Hub');

    const entries = lines().filter((line) => !line.startsWith('    at '));
    expect(entries).toHaveLength(5);
    expect(lines().filter((line) => HOSTILE.test(line))).toEqual([]);
    if (logFormat === 'text') expect(entries.every((line) => line.startsWith('[hub] '))).toBe(true);
  });

  it('makes one entry of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        written = [];
        logger.warn(text, 'Hub');

        expect(lines()).toHaveLength(1);
        expect(lines()[0]).not.toMatch(HOSTILE);
        if (logFormat === 'json') expect(JSON.parse(lines()[0] ?? '')).toMatchObject({ message: text });
      }),
    );
  });

  it('bounds an entry, whatever of it is long', () => {
    const long = '\u0001'.repeat(5_000_000);
    const deep = new Error(long, { cause: new Error(long) });
    deep.stack = `Error: ${long}\n${`    at ${long.slice(0, 100_000)}\n`.repeat(50)}`;

    logger.error(deep, 'Hub');
    logger.error(long, deep.stack, 'Hub');
    logger.warn({ long, list: Array.from({ length: 100_000 }, () => 'x') }, 'Hub');

    expect(written).toHaveLength(3);
    for (const text of written) expect(text.length).toBeLessThan(600_000);
    expect(written[2]?.length).toBeLessThan(20_000);
  });

  it('tells where an error happened', () => {
    logger.error(new TypeError('broken', { cause: new Error('of old age') }), 'Hub');

    const text = written.join('');
    expect(text).toContain('TypeError: broken; the cause: Error: of old age');
    expect(text).toMatch(/at .*hub-logger\.spec\.ts:\d+/);
  });

  it('goes on when a write throws, and tells how many entries nobody read', () => {
    jest.spyOn(process.stdout, 'write').mockImplementationOnce(() => {
      throw new Error('no space left on device');
    });

    logger.warn('lost', 'Hub');
    logger.warn('heard', 'Hub');

    expect(lines()).toEqual([expect.stringContaining('heard'), expect.stringContaining('1 log entries were dropped')]);
  });

  it('calls the levels as LOG_LEVEL does', () => {
    if (logFormat === 'text') return;
    logger.debug('a', 'X');
    logger.log('b', 'X');
    logger.warn('c', 'X');
    logger.error('d', 'X');

    expect(lines().map((line) => (JSON.parse(line) as { level: string }).level)).toEqual([
      'debug',
      'info',
      'warn',
      'error',
    ]);
  });
});
