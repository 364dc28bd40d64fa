import { clock } from './clock.js';

/** What is posted. `event`: about 300 bytes on the wire of a server that adds nothing to it; `overlay`: about 4 KB. */
export type Kind = 'event' | 'overlay';

const EVENT_PADDING = 'x'.repeat(300 - 112);
const BOXES = JSON.stringify(
  Array.from({ length: 52 }, (_, n) => ({ x: 100 + n, y: 150, w: 200, h: 300, label: 'dog', confidence: 0.95 })),
);

/** The body of a POST. Its `seq` and `ts` are what the clients look for. `isWhole`: with the type, as it is on the
 * wire. `cameras`: from how many the overlays are, in turn. */
export function bodyOf(kind: Kind, seq: number, isWhole: boolean, cameras = 1): string {
  const begin = isWhole ? `{"type":"${kind}",` : '{';
  const stamp = `"seq":${seq},"ts":${clock()}`;

  return kind === 'event'
    ? `${begin}"event_type":"bark","data":{${stamp},"confidence":0.95,"note":"${EVENT_PADDING}"}}`
    : `${begin}"overlay_type":"detection","source":"camera-${seq % cameras}","data":{${stamp},"boxes":${BOXES}}}`;
}

/** A body of the batch route. */
export function batchOf(kind: Kind, firstSeq: number, count: number): string {
  return `[${Array.from({ length: count }, (_, n) => bodyOf(kind, firstSeq + n, true)).join()}]`;
}
