import { describe, expect, it } from '@jest/globals';
import { startNode } from '../support/process.js';
import { complaintAbout, readSseEvent } from './check-message.js';
import { describeInput, INPUT_CLASSES, inputAt, type InputClass, isOfRedis } from './inputs/inputs.js';
import { StatusScanner } from './send/status-scanner.js';

const LOADER = ['--import', './test/chaos/typescript.mjs'];
/** Many times what a run of so few inputs takes on a machine of one's own. */
const RUN_MS = 300_000;

const hashOf = (seed: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => describeInput(inputAt(seed, index), Infinity));

describe('the inputs of a seed', () => {
  it('are the same each time, wherever a run begins', () => {
    const all = hashOf(7, 3_000);

    expect(hashOf(7, 3_000)).toEqual(all);
    expect(describeInput(inputAt(7, 2_345), Infinity)).toBe(all[2_345]);
    expect(hashOf(8, 3_000)).not.toEqual(all);
  });

  it('are of every class, and seldom the same', () => {
    const inputs = Array.from({ length: 5_000 }, (_, index) => inputAt(1, index));
    const texts = inputs.map((input) => describeInput(input, Infinity).replace(/^input \d+/, ''));

    expect([...new Set(inputs.map((input) => input.class))].sort()).toEqual([...INPUT_CLASSES].sort());
    expect(new Set(texts).size).toBeGreaterThan(4_000);
  });

  it.each(INPUT_CLASSES)('are of one class where only that is wanted: %s', (name: InputClass) => {
    for (let index = 0; index < 300; index++) expect(inputAt(3, index, [name]).class).toBe(name);
  });

  it('are good in part, or nothing behind the first check would be tried', () => {
    const posts = Array.from({ length: 2_000 }, (_, index) => inputAt(1, index, ['http'])).flatMap((input) =>
      isOfRedis(input) || input.ends ? [] : [input.bytes.toString().split('\r\n\r\n')[1] ?? ''],
    );
    const good = posts.filter((body) => /^\{"event_type":"\S+","data":\{.*\}\}$/.test(body));

    expect(good.length).toBeGreaterThan(50);
  });
});

describe('the checks of the fuzzer', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const good = { type: 'event', event_type: 'sit', data: {}, id: 'a', offset: `${now}-0` };

  it.each([
    [good],
    [
      {
        type: 'overlay',
        overlay_type: 'detection',
        source: 'cam',
        data: { boxes: [{ x: 1, y: 2, w: 3, h: 4 }] },
        age_ms: 1,
      },
    ],
    [{ type: 'custom', data: { n: [[[]]] } }],
    [{ type: 'custom', event_type: 'a', overlay_type: 'b', data: {} }],
  ])('have nothing against %j', (message) => expect(complaintAbout(JSON.stringify(message), now)).toBeUndefined());

  it.each([
    [{ ...good, type: 'connection' }],
    [{ ...good, offset: `${now + 60_000}-0` }],
    [{ ...good, offset: `${now}-0\n` }],
    [{ ...good, offset: { toString: 1 } }],
    [{ ...good, id: undefined }],
    [{ ...good, origin: 'x' }],
    [{ ...good, event_type: 'a b' }],
    [{ ...good, event_type: undefined }],
    [{ ...good, source: 'a\u0085b' }],
    [{ ...good, data: [] }],
    [{ ...good, data: { text: 'x'.repeat(300_000) } }],
    [{ type: 'telemetry', data: {}, id: 'a', offset: `${now}-0` }],
    [{ type: 'overlay', overlay_type: 'x', data: {} }],
    [{ type: 'overlay', overlay_type: 'zone', event_type: 'sit', data: {} }],
    [{ type: 'telemetry', overlay_type: 'zone', data: {} }],
    [{ ...good, overlay_type: 'zone' }],
    [{ ...good, event_type: 'forged' }],
    [{ type: 'custom', overlay_type: 'a b', data: {} }],
    [{ type: 'overlay', overlay_type: 'detection', data: { boxes: [{ x: 1 }] } }],
    ['text'],
  ])('complain about %j', (message) => expect(complaintAbout(JSON.stringify(message), now)).toBeDefined());

  it('complain about a message nested too deep, and about what is no JSON', () => {
    const deep = `{"type":"custom","data":${'{"a":'.repeat(40)}1${'}'.repeat(40)}}`;

    expect(complaintAbout(deep, now)).toMatch(/deep/);
    expect(complaintAbout('{', now)).toMatch(/JSON/);
  });

  it('complain about lines that are none of an SSE event', () => {
    expect(readSseEvent('event: event\nid: 1-0\ndata: {}')).toEqual({ type: 'event', id: '1-0', data: '{}' });
    expect(readSseEvent(':')).toBe('comment');
    for (const block of [
      'event: a\nid: 1-0\nid: 2-0\ndata: {}',
      'event: a\nx',
      'event: a',
      'data: {}',
      'event: a\ndata: \0',
    ]) {
      expect(readSseEvent(block)).toHaveProperty('complaint');
    }
  });

  it('see a status in however many pieces it comes, and let only a documented 503 pass', () => {
    const seen: [number, boolean][] = [];
    const scanner = new StatusScanner((status, complaint) => seen.push([status, complaint !== undefined]));
    const text =
      'HTTP/1.1 202 Accepted\r\n\r\n{}HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n\r\n{}' +
      'HTTP/1.1 500 Internal Server Error\r\n\r\n{}HTTP/1.1 503 Service Unavailable\r\n\r\n{}';
    for (const sign of text) scanner.read(Buffer.from(sign));
    scanner.end();

    expect(seen).toEqual([
      [202, false],
      [503, false],
      [500, true],
      [503, true],
    ]);
  });
});

describe('npm run fuzz', () => {
  /** A run against a hub that is none, with this fault. */
  async function run(fault: string, count = 400): Promise<{ code: number | null; output: string }> {
    const hub = `${LOADER.join(' ')} test/fuzz/fake-hub.ts ${fault}`;
    const options = ['--seed', '1', '--count', String(count), '--only', 'http', `--hub=${hub}`, '--quick'];
    const fuzz = startNode([...LOADER, 'test/fuzz/fuzz.ts', ...options]);
    const { code } = await fuzz.exited;

    return { code, output: fuzz.output() };
  }

  it(
    'passes a hub that does nothing wrong',
    async () => {
      const { code, output } = await run('none');

      expect(output).toMatch(/^seed 1: PASS \(400 inputs: http 400; .*\)$/m);
      expect(code).toBe(0);
    },
    RUN_MS,
  );

  it.each([
    ['answers 500', 'the hub without Redis answers HTTP/1.1 500'],
    ['ends', 'the hub without Redis ended with 0'],
    ['loses an event', 'after event'],
    ['sends an event twice', 'after event'],
    ['forges a greeting', 'of the reserved type connection'],
    ['passes on a field', 'has a field "origin"'],
    ['hears the future', 'with an offset of the future'],
    ['breaks a line', 'an SSE event'],
    ['prints what hurts', 'printed control characters'],
    ['holds on', 'MB before'],
    ['is not in step', 'is catching-up at the end'],
  ])(
    'fails a hub that %s, and says so',
    async (fault, said) => {
      const { code, output } = await run(fault, fault === 'holds on' ? 5_500 : 400);

      expect(output).toContain(said);
      expect(output).toMatch(/^seed 1: FAIL \(/m);
      expect(code).toBe(1);
    },
    RUN_MS,
  );

  it(
    'prints the input that broke it, and how to send it again',
    async () => {
      const { output } = await run('answers 500');

      expect(output).toMatch(
        /again: npm run fuzz -- --seed 1 --from \d+ --count \d+ --only http\n {2}input \d+, http: \S+ \//,
      );
    },
    RUN_MS,
  );
});
