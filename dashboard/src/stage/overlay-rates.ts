import { type OverlayRate, OVERLAYS, OverlayRates } from 'dogmonitor-client/overlay';
import { createStore, type Readable, useStore } from '../app/store.js';
import { clearings, stageFeed } from './overlay-feed.js';
import { shownOverlays } from './overlay-settings.js';

const SAMPLE_MS = 500;

const rates = new OverlayRates(stageFeed);
const store = createStore<readonly OverlayRate[]>([]);

/** How often each overlay of each camera comes and how old it is, twice a second. */
export const overlayRates: Readable<readonly OverlayRate[]> = store;

/** An overlay that is older than this, in ms, may be where the dog no longer is; `Infinity` where it stands. */
export function staleMsOf(type: OverlayRate['type']): number {
  const { pace, ttlMs } = OVERLAYS[type];

  return pace === 'stands' ? Infinity : ttlMs;
}

/** Those of one camera; of all where it is `undefined`. */
export function useRates(camera: string | undefined): readonly OverlayRate[] {
  return useStore(overlayRates).filter(({ source }) => camera === undefined || source === camera);
}

/** The rates of one type together: all that come, and how old the newest is. */
export function rateOf(all: readonly OverlayRate[], type: OverlayRate['type']): OverlayRate | undefined {
  const own = all.filter((rate) => rate.type === type);
  const [newest] = own.sort((a, b) => a.ageMs - b.ageMs);

  return newest && { ...newest, perSecond: own.reduce((sum, { perSecond }) => sum + perSecond, 0) };
}

shownOverlays.subscribe(() => rates.retain(({ type }) => shownOverlays.get().includes(type)));
clearings.subscribe(() => rates.retain(() => false));
setInterval(() => store.set(rates.read()), SAMPLE_MS);
