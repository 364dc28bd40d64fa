import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Backlog } from '../../src/connection/send-queue.js';

const MAX_BYTES = 4_000;

/** A frame that can be told from all others. */
const frame = (n: number, bytes: number): Buffer => Buffer.alloc(bytes, String(n).padStart(6));

const numberOf = (bytes: Buffer | undefined): number | undefined => bytes && Number(bytes.toString('latin1', 0, 6));

/** What a backlog is to be, as slowly as can be: a list in publish order. */
class PlainBacklog {
  private list: { key?: string; frame: Buffer }[] = [];

  bytes(isFact: boolean): number {
    const frames = this.list.filter(({ key }) => (key === undefined) === isFact).map((each) => each.frame);

    return frames.reduce((sum, { length }) => sum + length, 0);
  }

  addFact(added: Buffer): boolean {
    const waiting = this.bytes(true);
    if (waiting > 0 && waiting + added.length > MAX_BYTES) return false;

    this.list.push({ frame: added });
    return true;
  }

  addState(key: string, added: Buffer): void {
    this.list = this.list.filter((each) => each.key !== key);
    this.list.push({ key, frame: added });
    while (this.bytes(false) > MAX_BYTES) {
      const oldest = this.list.findIndex((each) => each.key !== undefined && each.key !== key);
      if (oldest === -1) return;
      this.list.splice(oldest, 1);
    }
  }

  shift(): Buffer | undefined {
    return this.list.shift()?.frame;
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ fact: fc.integer({ min: 6, max: 400 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ state: fc.integer({ min: 6, max: 1_500 }), key: fc.constantFrom('a', 'b', 'c') }),
  },
  { weight: 2, arbitrary: fc.record({ shifts: fc.integer({ min: 1, max: 30 }) }) },
);

describe('Backlog', () => {
  it('gives every fact, and the newest of each state in its place, in publish order', () => {
    fc.assert(
      fc.property(fc.array(step, { size: '+1', maxLength: 200 }), (steps) => {
        const [backlog, plain] = [new Backlog(MAX_BYTES), new PlainBacklog()];
        const [seen, wanted]: [unknown[], unknown[]] = [[], []];
        const shift = (): void => {
          seen.push(numberOf(backlog.first()));
          wanted.push(numberOf(plain.shift()));
          backlog.shift();
        };

        steps.forEach((each, n) => {
          if ('fact' in each) {
            seen.push(backlog.addFact(frame(n, each.fact)));
            wanted.push(plain.addFact(frame(n, each.fact)));
          } else if ('state' in each) {
            backlog.addState(each.key, frame(n, each.state));
            plain.addState(each.key, frame(n, each.state));
          } else {
            for (let left = each.shifts; left > 0; left--) shift();
          }
          seen.push(backlog.bytes, backlog.hasFacts);
          wanted.push(plain.bytes(true) + plain.bytes(false), plain.bytes(true) > 0);
        });
        while (!backlog.isEmpty) shift();
        shift();

        expect(seen).toEqual(wanted);
        expect(wanted.at(-1)).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives thousands of facts in order while more come', () => {
    const backlog = new Backlog(1_000_000);
    const given: unknown[] = [];
    let added = 0;
    while (given.length < 5_000) {
      for (let n = 0; n < 3 && added < 5_000; n++) backlog.addFact(frame(added++, 6));
      for (let n = 0; n < 2 && given.length < 5_000; n++) {
        given.push(numberOf(backlog.first()));
        backlog.shift();
      }
    }

    expect(given).toEqual(Array.from({ length: 5_000 }, (_, n) => n));
    expect(backlog.isEmpty).toBe(true);
  });

  it('counts the states that were never sent', () => {
    const backlog = new Backlog(MAX_BYTES);
    for (const key of ['a', 'a', 'b']) backlog.addState(key, frame(0, 1_500));
    expect(backlog.conflated).toBe(1);

    // There is no room for a third key.
    backlog.addState('c', frame(0, 1_500));
    expect(backlog.conflated).toBe(2);
    expect(backlog.bytes).toBe(3_000);
  });
});
