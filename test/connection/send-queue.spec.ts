import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_SNAPSHOT_KEYS } from '../../src/protocol/limits.js';
import { SendBudget } from '../../src/connection/send-budget.js';
import { Backlog, FACT_COST, OWN_COST, STATE_COST } from '../../src/connection/send-queue.js';

const MAX_BYTES = 4_000;

/** A frame that can be told from all others. */
const frame = (n: number, bytes: number): Buffer => Buffer.alloc(bytes, String(n).padStart(6));

const numberOf = (bytes: Buffer | undefined): number | undefined => bytes && Number(bytes.toString('latin1', 0, 6));

/** What a backlog is to be, as slowly as can be: a list in publish order. */
class PlainBacklog {
  private list: { key?: string; isOwn?: boolean; frame: Buffer }[] = [];

  bytes(isFact: boolean): number {
    return this.list
      .filter(({ key }) => (key === undefined) === isFact)
      .reduce((sum, { key, frame }) => sum + frame.length + costOf(key), 0);
  }

  /** What it costs beside the frames that others have too. */
  get cost(): number {
    return this.list.reduce((sum, { key, isOwn, frame }) => sum + costOf(key, isOwn) + (isOwn ? frame.length : 0), 0);
  }

  addFact(added: Buffer, isOwn: boolean): boolean {
    const waiting = this.bytes(true);
    if (waiting > 0 && waiting + added.length + FACT_COST > MAX_BYTES) return false;

    this.list.push({ frame: added, isOwn });
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

  clear(): void {
    this.list = [];
  }

  shift(): Buffer | undefined {
    return this.list.shift()?.frame;
  }
}

function costOf(key: string | undefined, isOwn = false): number {
  if (key !== undefined) return STATE_COST;

  return isOwn ? OWN_COST : FACT_COST;
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ fact: fc.integer({ min: 6, max: 400 }), isOwn: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ state: fc.integer({ min: 6, max: 1_500 }), key: fc.constantFrom('a', 'b', 'c') }),
  },
  { weight: 2, arbitrary: fc.record({ shifts: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 1, arbitrary: fc.constant({ clear: true }) },
);

const budgetOf = (): SendBudget => new SendBudget(Infinity, () => undefined);

describe('Backlog', () => {
  it('keeps the newest states, of as many keys as the hub does', () => {
    const budget = budgetOf();
    const backlog = new Backlog(Infinity, budget);

    for (let n = 0; n < 3 * MAX_SNAPSHOT_KEYS; n++) backlog.addState(`source ${n}`, frame(n, 6));

    expect(budget.bytes).toBe(MAX_SNAPSHOT_KEYS * STATE_COST);
    expect(backlog.conflated).toBe(2 * MAX_SNAPSHOT_KEYS);
    expect(numberOf(backlog.first())).toBe(2 * MAX_SNAPSHOT_KEYS);
  });

  it('gives every fact, and the newest of each state in its place, in publish order', () => {
    fc.assert(
      fc.property(fc.array(step, { size: '+1', maxLength: 200 }), (steps) => {
        const budget = budgetOf();
        const [backlog, plain] = [new Backlog(MAX_BYTES, budget), new PlainBacklog()];
        const [seen, wanted]: [unknown[], unknown[]] = [[], []];
        const shift = (): void => {
          seen.push(numberOf(backlog.first()));
          wanted.push(numberOf(plain.shift()));
          backlog.shift();
        };

        steps.forEach((each, n) => {
          if ('fact' in each) {
            const added = frame(n, each.fact);
            seen.push(backlog.addFact(added, each.isOwn));
            wanted.push(plain.addFact(added, each.isOwn));
          } else if ('state' in each) {
            backlog.addState(each.key, frame(n, each.state));
            plain.addState(each.key, frame(n, each.state));
          } else if ('clear' in each) {
            backlog.clear();
            plain.clear();
          } else {
            for (let left = each.shifts; left > 0; left--) shift();
          }
          seen.push(backlog.bytes, backlog.hasFacts, backlog.cost, budget.bytes);
          wanted.push(plain.bytes(true) + plain.bytes(false), plain.bytes(true) > 0, plain.cost, plain.cost);
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
    const backlog = new Backlog(1_000_000, budgetOf());
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
    const backlog = new Backlog(MAX_BYTES, budgetOf());
    for (const key of ['a', 'a', 'b']) backlog.addState(key, frame(0, 1_500));
    expect(backlog.conflated).toBe(1);

    // There is no room for a third key.
    backlog.addState('c', frame(0, 1_500));
    expect(backlog.conflated).toBe(2);
    expect(backlog.bytes).toBe(2 * (1_500 + STATE_COST));
  });
});
