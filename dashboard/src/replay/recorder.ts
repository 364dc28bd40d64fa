/** One message of the past. */
export interface Recorded<T> {
  /** When it came, in ms since 1970. */
  readonly at: number;
  readonly key: string;
  readonly message: T;
}

/** How often one key is kept, in ms: ten a second look smooth enough. */
const EVERY_MS = 100;
/** Most messages, however small. */
const MAX_MESSAGES = 40_000;
/** Most keys whose time is remembered. */
const MAX_KEYS = 256;

/**
 * What was on the stage in the last minutes, as bytes in one piece of memory that is taken once, as is the list of what is
 * where: the oldest are written over. A month on a wall needs no more than the first minute.
 */
export class Recorder<T extends object> {
  private readonly memory: Uint8Array;
  private readonly encoder = new TextEncoder();
  private readonly decoder = new TextDecoder();
  // Of each message, at its number modulo the most there can be.
  private readonly times = new Float64Array(MAX_MESSAGES);
  private readonly keys = new Array<string>(MAX_MESSAGES).fill('');
  /** From where, counted from the first byte ever written, and how many bytes. */
  private readonly starts = new Float64Array(MAX_MESSAGES);
  private readonly lengths = new Uint32Array(MAX_MESSAGES);
  /** The number of the oldest message that is there, and of the one that comes next. */
  private first = 0;
  private next = 0;
  private written = 0;
  /** By key, with the key itself: a text that is equal is not the same one, and would be kept beside it. */
  private readonly latest = new Map<string, { key: string; at: number }>();

  /** @param bytes of JSON, for all messages together */
  constructor(bytes: number) {
    this.memory = new Uint8Array(bytes);
  }

  /** @param key of which only the newest counts, at any time */
  put(key: string, message: T, at: number): void {
    const passed = at - (this.latest.get(key)?.at ?? -Infinity);
    if (passed >= 0 && passed < EVERY_MS) return;

    const bytes = this.encoder.encode(JSON.stringify(message));
    // One that would push out a minute of the others is not worth it.
    if (bytes.length > this.memory.length / 16) return;
    if (this.latest.size >= MAX_KEYS) this.latest.clear();
    const latest = this.latest.get(key) ?? { key, at };
    latest.at = at;
    this.latest.set(key, latest);

    this.list(latest, this.write(bytes), bytes.length);
    this.forget();
  }

  /** What came after `from` and up to `to`, oldest first; both in ms since 1970. */
  between(from: number, to: number): Recorded<T>[] {
    return this.placesIn(from, to).map((place) => this.read(place));
  }

  /** The newest of each key at a time, where it is no older than `maxAgeMs`. */
  newestAt(time: number, maxAgeMs: number): Recorded<T>[] {
    const newest = new Map(this.placesIn(time - maxAgeMs, time).map((place) => [this.keys[place], place]));

    return [...newest.values()].map((place) => this.read(place));
  }

  /** Gives where it begins. */
  private write(bytes: Uint8Array): number {
    const size = this.memory.length;
    const room = size - (this.written % size);
    // Never around the end.
    const start = bytes.length > room ? this.written + room : this.written;
    this.memory.set(bytes, start % size);
    this.written = start + bytes.length;

    return start;
  }

  private list({ key, at }: { key: string; at: number }, start: number, length: number): void {
    const place = this.next++ % MAX_MESSAGES;
    this.times[place] = at;
    this.keys[place] = key;
    this.starts[place] = start;
    this.lengths[place] = length;
  }

  /** What has been written over is gone. */
  private forget(): void {
    this.first = Math.max(this.first, this.next - MAX_MESSAGES);
    const oldest = this.written - this.memory.length;
    while (this.first < this.next && (this.starts[this.first % MAX_MESSAGES] ?? 0) < oldest) this.first++;
  }

  private placesIn(from: number, to: number): number[] {
    const found: number[] = [];
    for (let n = this.first; n < this.next; n++) {
      const at = this.times[n % MAX_MESSAGES] ?? 0;
      if (at > from && at <= to) found.push(n % MAX_MESSAGES);
    }

    return found;
  }

  private read(place: number): Recorded<T> {
    const [at = 0, key = '', start = 0] = [this.times[place], this.keys[place], this.starts[place]];
    const offset = start % this.memory.length;
    const json = this.decoder.decode(this.memory.subarray(offset, offset + (this.lengths[place] ?? 0)));

    return { at, key, message: JSON.parse(json) as T };
  }
}
