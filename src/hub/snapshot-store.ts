import { MAX_SNAPSHOT_KEYS } from '../protocol/limits.js';
import { conflationKeyOf, type Delivery } from '../protocol/messages.js';

interface State {
  readonly delivery: Delivery;
  /** Counts all states that came, from 1. */
  readonly position: number;
  readonly at: number;
}

/** The newest state of each key that came to this instance, bounded by count and length; the longest unchanged go first. */
export class Latest {
  private readonly states = new Map<string, State>();
  private length = 0;
  private count = 0;

  /** @param maxLength most characters of JSON, all together */
  constructor(private readonly maxLength: number) {}

  /** The position of the newest state; 0 before the first. */
  get position(): number {
    return this.count;
  }

  keep(delivery: Delivery): void {
    const key = conflationKeyOf(delivery.message);
    this.drop(key);
    this.states.set(key, { delivery, position: ++this.count, at: performance.now() });
    this.length += delivery.json.length;

    for (const oldest of this.states.keys()) {
      if (this.states.size <= MAX_SNAPSHOT_KEYS && this.length <= this.maxLength) break;
      this.drop(oldest);
    }
  }

  /** The states that came after this position, oldest first, each with its age in its JSON: a client that draws must know. */
  after(position: number): Delivery[] {
    const now = performance.now();
    const newer = [...this.states.values()].filter((state) => state.position > position);

    return newer.map(({ delivery: { message, json }, at }) => ({ message, json: withAge(json, now - at) }));
  }

  private drop(key: string): void {
    const state = this.states.get(key);
    if (!state) return;

    this.states.delete(key);
    this.length -= state.delivery.json.length;
  }
}

/** Adds `age_ms` to the JSON of an object without parsing it. */
function withAge(json: string, ageMs: number): string {
  return `${json.slice(0, -1)},"age_ms":${Math.round(ageMs)}}`;
}
