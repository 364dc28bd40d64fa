import { conflationKeyOf, type OverlayMessage, type OverlayType } from '../../../src/protocol/messages.js';
import { isOverlayType } from '../overlay/overlays.js';
import type { Unsubscribe } from '../types.js';
import type { OverlayFeed } from './show-overlays.js';

/** How often an overlay type of one source comes, and how old the newest is. */
export interface OverlayRate {
  readonly type: OverlayType;
  /** `''` where the messages have none. */
  readonly source: string;
  /** Over the last two seconds or so. */
  readonly perSecond: number;
  /** Since the hub got the newest one, in ms. */
  readonly ageMs: number;
  /** The newest one. */
  readonly message: OverlayMessage;
}

interface Counted {
  message: OverlayMessage;
  /** When the hub got it, in ms since 1970. */
  at: number;
  count: number;
  perSecond: number | undefined;
}

/** Most types and sources that are counted: a producer that makes up sources must not fill the memory. */
const MAX_COUNTED = 256;
/** In how many ms two thirds of a rate are those of now. */
const SETTLE_MS = 1_400;
/** A sample that is shorter, in ms, tells nothing. */
const MIN_SAMPLE_MS = 200;

export class OverlayRates {
  private readonly counted = new Map<string, Counted>();
  private readonly off: Unsubscribe;
  private sampledAt = performance.now();

  constructor(feed: OverlayFeed) {
    this.off = feed.on('overlay', (message) => this.count(message));
  }

  /** As they are now; to be read a few times a second at most. */
  read(): OverlayRate[] {
    this.sample();

    return [...this.counted.values()].map(({ message, at, perSecond }) => ({
      type: message.overlay_type,
      source: message.source ?? '',
      perSecond: perSecond ?? 0,
      ageMs: Math.max(0, Date.now() - at),
      message,
    }));
  }

  /** Forgets what this does not want to keep. */
  retain(isKept: (rate: { type: OverlayType; source: string }) => boolean): void {
    for (const [key, { message }] of this.counted)
      if (!isKept({ type: message.overlay_type, source: message.source ?? '' })) this.counted.delete(key);
  }

  stop(): void {
    this.off();
  }

  private count(message: OverlayMessage): void {
    if (!isOverlayType(message.overlay_type)) return;

    const key = conflationKeyOf(message);
    const keptMs = typeof message.age_ms === 'number' ? message.age_ms : 0;
    const count = (this.counted.get(key)?.count ?? 0) + 1;
    const perSecond = this.counted.get(key)?.perSecond;
    this.counted.set(key, { message, at: Date.now() - keptMs, count, perSecond });
    if (this.counted.size > MAX_COUNTED) this.counted.delete(this.counted.keys().next().value ?? '');
  }

  private sample(): void {
    const now = performance.now();
    const passedMs = now - this.sampledAt;
    if (passedMs < MIN_SAMPLE_MS) return;

    this.sampledAt = now;
    const weight = 1 - Math.exp(-passedMs / SETTLE_MS);
    for (const each of this.counted.values()) {
      const rate = (1_000 * each.count) / passedMs;
      each.perSecond = each.perSecond === undefined ? rate : each.perSecond + weight * (rate - each.perSecond);
      each.count = 0;
    }
  }
}
