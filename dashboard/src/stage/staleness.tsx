import { OVERLAYS } from 'dogmonitor-client/overlay';
import { duration } from '../app/format.js';
import { staleMsOf, useRates } from './overlay-rates.js';

/** Afterwards it is no news any more that there is none, in ms. */
const FORGOTTEN_MS = 10 * 60_000;

/** How old what is drawn is, on the picture itself. */
export function Staleness({ camera }: { camera: string | undefined }) {
  const paced = useRates(camera).filter(({ type }) => OVERLAYS[type].pace === 'frame');
  const age = Math.min(...paced.map(({ ageMs }) => ageMs));
  if (!paced.every(({ type, ageMs }) => ageMs > staleMsOf(type)) || age > FORGOTTEN_MS) return null;

  return (
    <p className="stage-stale">
      stale <span>{duration(age)}</span>
    </p>
  );
}
