import type { Delivery } from '../protocol/messages.js';
import { compareOffsets, laterOffset, offsetBefore } from '../protocol/offset.js';

export interface RingEntry {
  readonly id: string;
  readonly offset: string;
  readonly delivery: Delivery;
}

/** The bytes that V8 keeps a string in: one a character where all are ASCII, else at most two. */
export function stringBytes(text: string): number {
  return Buffer.byteLength(text) === text.length ? text.length : text.length * 2;
}

/** The newest logged messages in memory, in log order, bounded by count and by the bytes its JSON takes in memory. */
export class Ring {
  // Grows at the end; dropped places at the front are cut in one go when they are half of it, so both are cheap.
  private entries: (RingEntry | undefined)[] = [];
  private first = 0;
  private bytes = 0;
  private readonly offsets = new Map<string, string>();

  /** @param floor the log is complete after this offset; there may be messages of before */
  constructor(
    private readonly maxCount: number,
    private readonly maxBytes: number,
    private floor: string,
  ) {}

  get size(): number {
    return this.entries.length - this.first;
  }

  /** The log is complete after this offset. */
  get start(): string {
    return this.floor;
  }

  /** The newest offset this ring has seen. */
  get head(): string {
    return this.entries.at(-1)?.offset ?? this.floor;
  }

  /** Where the message with this id is in the log; `undefined` when it is not here. */
  offsetOf(id: string): string | undefined {
    return this.offsets.get(id);
  }

  /** Of a message that is here already, the first place counts. */
  append(id: string, offset: string, delivery: Delivery): void {
    if (this.offsets.has(id)) return;

    this.entries.push({ id, offset, delivery });
    this.offsets.set(id, offset);
    this.bytes += stringBytes(delivery.json);

    while (this.size > this.maxCount || (this.bytes > this.maxBytes && this.size > 1)) this.dropOldest();
  }

  /**
   * Puts the past before what is here.
   * @param floor the log is complete after this offset, with these entries
   */
  prepend(entries: readonly RingEntry[], floor: string): void {
    const present = this.all();
    this.entries = [];
    this.first = 0;
    this.bytes = 0;
    this.offsets.clear();
    this.floor = floor;
    for (const { id, offset, delivery } of entries.concat(present)) this.append(id, offset, delivery);
  }

  /** The log is complete only after this offset, whatever is here of before. */
  raiseFloor(offset: string): void {
    this.floor = laterOffset(this.floor, offset);
  }

  /** Whether this log gave out this very offset, as far back as it reaches: with a message, or as the place before one. */
  hasGiven(offset: string): boolean {
    if (offset === this.floor || offset === this.head) return true;

    const next = this.indexAfter(offset);
    const after = this.entries[next];
    return this.entries[next - 1]?.offset === offset || (after !== undefined && offsetBefore(after.offset) === offset);
  }

  /** Whether every logged message after `offset`, and up to now, is here. */
  reachesBackTo(offset: string): boolean {
    return compareOffsets(offset, this.floor) >= 0;
  }

  /** The deliveries after `offset`, oldest first, `limit` at most. */
  after(offset: string, limit: number): Delivery[] {
    const start = this.indexAfter(offset);

    return this.entries.slice(start, start + limit).flatMap((entry) => entry?.delivery ?? []);
  }

  /** The newest `limit` deliveries, oldest first. */
  newest(limit: number): Delivery[] {
    const start = Math.max(this.first, this.entries.length - limit);

    return this.entries.slice(start).flatMap((entry) => entry?.delivery ?? []);
  }

  all(): RingEntry[] {
    return this.entries.slice(this.first).flatMap((entry) => entry ?? []);
  }

  private dropOldest(): void {
    const oldest = this.entries[this.first];
    if (!oldest) return;

    this.raiseFloor(oldest.offset);
    this.bytes -= stringBytes(oldest.delivery.json);
    this.offsets.delete(oldest.id);
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
