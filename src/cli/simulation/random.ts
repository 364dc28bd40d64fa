/** Gives numbers from 0 to below 1. */
export type Random = () => number;

/** The generator mulberry32: the same seed gives the same numbers on every machine. `seed` is taken as 32 bits. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;

  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;

    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function between(random: Random, low: number, high: number): number {
  return low + random() * (high - low);
}

/** Draws in random order, and each item once before any comes again: nothing stays away for long, whatever the seed. */
export class Bag<T> {
  private rest: T[] = [];

  constructor(
    private readonly random: Random,
    private readonly items: readonly [T, ...T[]],
  ) {}

  draw(): T {
    if (this.rest.length === 0) this.rest = [...this.items];
    const [item] = this.rest.splice(Math.floor(this.random() * this.rest.length), 1);

    return item ?? this.items[0];
  }
}
