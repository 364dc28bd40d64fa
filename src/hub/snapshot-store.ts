import { MAX_SNAPSHOT_KEYS } from '../protocol/limits.js';
import type { Filter } from '../protocol/filter.js';
import { conflationKeyOf, type Delivery } from '../protocol/messages.js';
import { encodeBatch, type Transport } from '../connection/prepared-frame.js';

interface State {
  readonly delivery: Delivery;
  /** Counts all states that came, from 1. */
  readonly position: number;
  readonly at: number;
}

/** A part of a snapshot. */
export interface Slice {
  bytes: Buffer;
  messages: number;
  /** The position up to which it has everything. */
  position: number;
}

/** What somebody asks for. */
interface Wish {
  /** Everything up to this position is there. */
  readonly position: number;
  /** A slice is full with the state that reaches so many bytes. */
  readonly maxBytes: number;
  readonly transport: Transport;
  readonly filter: Filter | undefined;
}

/** For how long the same slice serves all that ask for it, in ms: its ages are wrong by no more. */
const SHARED_MS = 5;

const NOTHING = Buffer.alloc(0);

/** The newest state of each key that came to this instance, bounded by count and length; the longest unchanged go first. */
export class Latest {
  private readonly states = new Map<string, State>();
  private length = 0;
  private count = 0;
  private shared: { key: string; at: number; slice: Slice } | undefined;

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

  /**
   * The states that came after a position, oldest first, each with its age in its JSON: a client that draws must know. When a
   * thousand clients come back at once, many are given the same bytes.
   */
  slice(wish: Wish): Slice {
    const now = performance.now();
    const { position, maxBytes, transport, filter } = wish;
    const key = `${this.count} ${position} ${maxBytes} ${transport} ${filter?.key ?? ''}`;
    if (this.shared?.key === key && now - this.shared.at < SHARED_MS) return this.shared.slice;

    const slice = this.encode(wish, now);
    this.shared = { key, at: now, slice };

    return slice;
  }

  private encode({ position, maxBytes, transport, filter }: Wish, now: number): Slice {
    const deliveries: Delivery[] = [];
    let length = 0;
    let upTo = this.count;

    for (const { delivery, position: at, at: since } of this.states.values()) {
      const { message, json } = delivery;
      if (at <= position || (filter && !filter.matches(message))) continue;
      if (length >= maxBytes) {
        upTo = at - 1;
        break;
      }

      deliveries.push({ message, json: withAge(json, now - since) });
      length += json.length;
    }
    const bytes = deliveries.length > 0 ? encodeBatch(deliveries, transport).bytes : NOTHING;

    return { bytes, messages: deliveries.length, position: upTo };
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
