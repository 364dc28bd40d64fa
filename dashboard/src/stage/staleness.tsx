import { OVERLAYS } from 'dogmonitor-client/overlay';
import { duration } from '../app/format.js';
import { useStore } from '../app/store.js';
import { overlayRates, staleMsOf } from './overlay-rates.js';

/** Afterwards it is no news any more that there is none, in ms. */
const FORGOTTEN_MS = 10 * 60_000;

/** How old what is drawn is, on the picture itself. */
export function Staleness() {
  const paced = useStore(overlayRates).filter(({ type }) => OVERLAYS[type].pace === 'frame');
  const age = Math.min(...paced.map(({ ageMs }) => ageMs));
  if (!paced.every(({ type, ageMs }) => ageMs > staleMsOf(type)) || age > FORGOTTEN_MS) return null;

  return (
    <p className="stage-stale" role="status">
      stale <span>{duration(age)}</span>
    </p>
  );
}
