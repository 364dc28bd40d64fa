import { OVERLAY_TYPES, type OverlayType } from '../protocol/messages.js';
import { isJsonObject } from '../protocol/rules.js';

/** Boxes named one by one; the rest are only counted. */
const NAMED_BOXES = 3;

/** The `data` of a message in a few words. */
export function summaryOf(message: Record<string, unknown>): string {
  const { type, overlay_type: overlayType, data } = message;
  if (!isJsonObject(data)) return data === undefined ? '' : JSON.stringify(data);

  if (type === 'overlay') return overlaySummary(overlayType, data) ?? JSON.stringify(data);
  return type === 'event' || type === 'telemetry' || type === 'connection' ? pairs(data) : JSON.stringify(data);
}

/** Of each overlay type its content in a few words; `undefined` where it is not what it should be. */
const OVERLAY_SUMMARIES: Readonly<Record<OverlayType, (data: Record<string, unknown>) => string | undefined>> = {
  detection: ({ boxes }) => (Array.isArray(boxes) ? boxesSummary(boxes) : undefined),
  pose: ({ keypoints }) => (Array.isArray(keypoints) ? counted(keypoints.length, 'keypoint') : undefined),
  heatmap: heatmapSummary,
  zone: inFull,
  annotation: inFull,
};

function overlaySummary(overlayType: unknown, data: Record<string, unknown>): string | undefined {
  return OVERLAY_TYPES.includes(overlayType as OverlayType)
    ? OVERLAY_SUMMARIES[overlayType as OverlayType](data)
    : undefined;
}

/** Names and texts say more than how many there are. */
function inFull(): undefined {
  return undefined;
}

function heatmapSummary({ cols, rows, cells }: Record<string, unknown>): string | undefined {
  if (typeof cols !== 'number' || typeof rows !== 'number') return undefined;

  const values = Array.isArray(cells) ? cells.filter((cell) => typeof cell === 'number') : [];
  const peak = values.reduce((highest, cell) => Math.max(highest, cell), 0);

  return `${cols} x ${rows} cells, peak ${peak}`;
}

function boxesSummary(boxes: readonly unknown[]): string {
  const named = boxes.slice(0, NAMED_BOXES).map((box) => {
    const { label, confidence } = isJsonObject(box) ? box : {};
    const name = typeof label === 'string' ? label : 'box';
    return typeof confidence === 'number' ? `${name} ${confidence.toFixed(2)}` : name;
  });
  const more = boxes.length > NAMED_BOXES ? ', …' : '';

  return boxes.length === 0 ? 'no boxes' : `${counted(boxes.length, 'box', 'boxes')}: ${named.join(', ')}${more}`;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** `name=value` for each field; the time comes last, since the line begins with one, and what is empty is left out. */
function pairs({ timestamp, ...rest }: Record<string, unknown>): string {
  return Object.entries(timestamp === undefined ? rest : { ...rest, timestamp })
    .filter(([, value]) => !isJsonObject(value) || Object.keys(value).length > 0)
    .map(
      ([name, value]) => `${name}=${typeof value === 'string' && /^\S+$/.test(value) ? value : JSON.stringify(value)}`,
    )
    .join(' ');
}
