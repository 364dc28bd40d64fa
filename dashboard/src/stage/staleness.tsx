import { duration } from '../app/format.js';
import { useStore } from '../app/store.js';
import { overlayRates } from './overlay-rates.js';
import { shownOverlays } from './overlay-settings.js';

/** A box that is older than this, in ms, may be where the dog no longer is. */
export const STALE_MS = 1_000;

/** Afterwards it is no news any more that there is none, in ms. */
const FORGOTTEN_MS = 10 * 60_000;

const MOVING = ['detection', 'pose'] as const;

/** How old what is drawn is, on the picture itself. */
export function Staleness() {
  const rates = useStore(overlayRates);
  const shown = useStore(shownOverlays);
  const ages = MOVING.flatMap((type) => (shown.includes(type) ? (rates[type]?.ageMs ?? []) : []));
  const age = Math.min(...ages);
  if (age <= STALE_MS || age > FORGOTTEN_MS || ages.length === 0) return null;

  return (
    <p className="stage-stale" role="status">
      stale <span>{duration(age)}</span>
    </p>
  );
}
