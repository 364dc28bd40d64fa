import { compareOffsets } from './offset.js';
import type { Delivery } from './relay.js';

interface Entry {
  readonly offset: string;
  readonly delivery: Delivery;
}

/** The newest logged messages in memory, in log order, bounded by count and by bytes of JSON (UTF-16 length). */
export class Ring {
  // Grows at the end; dropped places at the front are cut in one go when they are half of it, so both are cheap.
  private entries: (Entry | undefined)[] = [];
  private first = 0;
  private bytes = 0;
  /** The newest offset that is no longer here; what comes after it is complete. */
  private floor: string;

  /** @param floor the log begins after this offset */
  constructor(
    private readonly maxCount: number,
    private readonly maxBytes: number,
    floor: string,
  ) {
    this.floor = floor;
  }

  get size(): number {
    return this.entries.length - this.first;
  }

  /** The newest offset this ring has seen. */
  get head(): string {
    return this.entries.at(-1)?.offset ?? this.floor;
  }

  append(offset: string, delivery: Delivery): void {
    this.entries.push({ offset, delivery });
    this.bytes += delivery.json.length;

    while (this.size > this.maxCount || (this.bytes > this.maxBytes && this.size > 1)) this.dropOldest();
  }

  /** Whether every logged message after `offset`, and up to now, is here. */
  reachesBackTo(offset: string): boolean {
    return compareOffsets(offset, this.floor) >= 0 && compareOffsets(offset, this.head) <= 0;
  }

  /** The deliveries after `offset`, oldest first, `limit` at most. */
  after(offset: string, limit: number): Delivery[] {
    const start = this.indexAfter(offset);

    return deliveries(this.entries.slice(start, start + limit));
  }

  /** The newest `limit` deliveries, oldest first. */
  newest(limit: number): Delivery[] {
    return deliveries(this.entries.slice(Math.max(this.first, this.entries.length - limit)));
  }

  private dropOldest(): void {
    const oldest = this.entries[this.first];
    if (!oldest) return;

    this.floor = oldest.offset;
    this.bytes -= oldest.delivery.json.length;
    this.entries[this.first++] = undefined;
    if (this.first * 2 < this.entries.length) return;

    this.entries = this.entries.slice(this.first);
    this.first = 0;
  }

  private indexAfter(offset: string): number {
    let low = this.first;
    let high = this.entries.length;

    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = this.entries[middle];
      if (entry && compareOffsets(entry.offset, offset) <= 0) low = middle + 1;
      else high = middle;
    }

    return low;
  }
}

function deliveries(entries: readonly (Entry | undefined)[]): Delivery[] {
  return entries.flatMap((entry) => entry?.delivery ?? []);
}
