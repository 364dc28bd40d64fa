import type { OverlayType } from 'dogmonitor-client';
import { createStore, type Readable } from '../app/store.js';
import { OVERLAYS } from './overlay-settings.js';
import { overlayStore } from './overlay-store.js';

export interface OverlayRate {
  /** Overlays a second. */
  perSecond: number;
  /** Since the newest one, in ms; `undefined` before the first one. */
  ageMs: number | undefined;
}

const SAMPLE_MS = 500;
/** How much of a new sample counts: the rate settles in about two seconds. */
const WEIGHT = 0.3;

const store = createStore<Partial<Record<OverlayType, OverlayRate>>>({});

/** How often each overlay comes and how old it is, twice a second. */
export const overlayRates: Readable<Partial<Record<OverlayType, OverlayRate>>> = store;

const before = new Map<OverlayType, number>();
let sampledAt = performance.now();

setInterval(() => {
  const now = performance.now();
  const seconds = (now - sampledAt) / 1_000;
  sampledAt = now;
  store.set(Object.fromEntries(OVERLAYS.map(({ type }) => [type, rateOf(type, seconds)])));
}, SAMPLE_MS);

function rateOf(type: OverlayType, seconds: number): OverlayRate {
  const count = overlayStore.counts.get(type) ?? 0;
  const sample = (count - (before.get(type) ?? 0)) / seconds;
  before.set(type, count);
  const last = store.get()[type]?.perSecond ?? sample;
  const newest = overlayStore.newestOf(type);

  return {
    perSecond: last + WEIGHT * (sample - last),
    ageMs: newest === undefined ? undefined : Date.now() - newest,
  };
}
