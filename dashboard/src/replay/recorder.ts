/** One message of the past. */
export interface Recorded<T> {
  /** When it came, in ms since 1970. */
  readonly at: number;
  readonly key: string;
  readonly message: T;
}

interface Place {
  readonly at: number;
  readonly key: string;
  /** From where, counted from the first byte ever written, and how long. */
  readonly start: number;
  readonly length: number;
}

/** How often one key is kept, in ms: ten a second look smooth enough. */
const EVERY_MS = 100;
/** Most messages, however small. */
const MAX_MESSAGES = 40_000;
/** Most keys whose time is remembered. */
const MAX_KEYS = 256;

/**
 * What was on the stage in the last minutes, as bytes in one piece of memory that is taken once: the oldest are written
 * over. A month on a wall needs no more than the first minute.
 */
export class Recorder<T extends object> {
  private readonly memory: Uint8Array;
  private readonly encoder = new TextEncoder();
  private readonly decoder = new TextDecoder();
  private places: Place[] = [];
  private first = 0;
  private written = 0;
  private readonly lastAt = new Map<string, number>();

  /** @param bytes of JSON, for all messages together */
  constructor(bytes: number) {
    this.memory = new Uint8Array(bytes);
  }

  /** @param key of which only the newest counts, at any time */
  put(key: string, message: T, at: number): void {
    const passed = at - (this.lastAt.get(key) ?? -Infinity);
    if (passed >= 0 && passed < EVERY_MS) return;

    const bytes = this.encoder.encode(JSON.stringify(message));
    // One that would push out a minute of the others is not worth it.
    if (bytes.length > this.memory.length / 16) return;
    if (this.lastAt.size >= MAX_KEYS) this.lastAt.clear();
    this.lastAt.set(key, at);

    const size = this.memory.length;
    const room = size - (this.written % size);
    // Never around the end.
    const start = bytes.length > room ? this.written + room : this.written;
    this.memory.set(bytes, start % size);
    this.written = start + bytes.length;
    this.places.push({ at, key, start, length: bytes.length });
    this.forget();
  }

  /** What came after `from` and up to `to`, oldest first; both in ms since 1970. */
  between(from: number, to: number): Recorded<T>[] {
    return this.placesIn(from, to).map((place) => this.read(place));
  }

  /** The newest of each key at a time, where it is no older than `maxAgeMs`. */
  newestAt(time: number, maxAgeMs: number): Recorded<T>[] {
    const newest = new Map(this.placesIn(time - maxAgeMs, time).map((place) => [place.key, place]));

    return [...newest.values()].map((place) => this.read(place));
  }

  private placesIn(from: number, to: number): Place[] {
    return this.places.slice(this.first).filter(({ at }) => at > from && at <= to);
  }

  private read({ at, key, start, length }: Place): Recorded<T> {
    const offset = start % this.memory.length;
    const json = this.decoder.decode(this.memory.subarray(offset, offset + length));

    return { at, key, message: JSON.parse(json) as T };
  }

  private forget(): void {
    const kept = Math.max(0, this.places.length - MAX_MESSAGES);
    this.first = Math.max(this.first, kept);
    while ((this.places[this.first]?.start ?? Infinity) < this.written - this.memory.length) this.first++;
    if (this.first * 2 < this.places.length || this.first < 1_000) return;

    this.places = this.places.slice(this.first);
    this.first = 0;
  }
}
