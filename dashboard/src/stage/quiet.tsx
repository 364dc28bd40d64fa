import { OVERLAYS } from 'dogmonitor-client/overlay';
import { useHub } from 'dogmonitor-client/react';
import { clock } from '../app/format.js';
import { useStore } from '../app/store.js';
import { timeline } from '../timeline/timeline-store.js';
import { useRates } from './overlay-rates.js';

/** A time of another day needs its date, in ms. */
const SAME_DAY_MS = 12 * 3_600_000;

/** Since when nothing was seen: said only where the hub is heard, and has told the past. */
export function Quiet({ camera }: { camera: string | undefined }) {
  const { state } = useHub();
  const { entries, history } = useStore(timeline);
  const rates = useRates(camera);
  if (state.name !== 'open') return null;

  const seenAt = rates.flatMap(({ type, ageMs }) => (OVERLAYS[type].pace === 'stands' ? [] : Date.now() - ageMs));
  const happenedAt = entries.findLast((entry) => entry.kind === 'event' && isOf(entry.message.source, camera))?.at;
  const newest = Math.max(...seenAt, happenedAt ?? -Infinity);
  if (newest > -Infinity) return <p className="stage-hint">{`Quiet since ${timeText(newest)}`}</p>;

  return history === 'complete' ? <p className="stage-hint">Nothing seen yet</p> : null;
}

function isOf(source: string | undefined, camera: string | undefined): boolean {
  return camera === undefined || (source ?? '') === camera;
}

function timeText(at: number): string {
  return Date.now() - at < SAME_DAY_MS ? clock(at) : new Date(at).toLocaleString();
}
