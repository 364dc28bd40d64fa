/** Buckets for each power of two, so that a value is known to 1.6 %. */
const SUB_BUCKETS = 64;
const SUB_BITS = 6;

/** Counts of values, in buckets; from 0 to 2^31 - 1. */
export class Histogram {
  constructor(private readonly counts: number[] = new Array<number>(27 * SUB_BUCKETS).fill(0)) {}

  add(value: number): void {
    const whole = Math.max(0, Math.min(value, 0x7fffffff)) | 0;
    const exponent = 31 - Math.clz32(whole);
    const index =
      whole < SUB_BUCKETS
        ? whole
        : (exponent - SUB_BITS + 1) * SUB_BUCKETS + ((whole >>> (exponent - SUB_BITS)) - SUB_BUCKETS);
    this.counts[index]! += 1;
  }

  /** The counts, to be sent to another process. */
  toJSON(): number[] {
    return this.counts;
  }

  static merge(all: readonly number[][]): Histogram {
    const sum = new Histogram();
    for (const counts of all) counts.forEach((count, index) => (sum.counts[index]! += count));

    return sum;
  }

  get size(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** The value that this share of all values is at or below, to 1.6 %; NaN where there are none. */
  quantile(share: number): number {
    let left = Math.ceil(share * this.size);
    if (left === 0) return NaN;

    const index = this.counts.findIndex((count) => (left -= count) <= 0);
    return middleOf(index);
  }
}

function middleOf(index: number): number {
  if (index < SUB_BUCKETS) return index;

  const step = 2 ** (Math.floor(index / SUB_BUCKETS) - 1);
  return (SUB_BUCKETS + (index % SUB_BUCKETS) + 0.5) * step;
}
