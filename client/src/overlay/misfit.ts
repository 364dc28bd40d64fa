import type { OverlayMessage, OverlayType } from '../../../src/protocol/messages.js';
import { isOverlayType } from './overlays.js';
import { fieldsOf, itemsOf, numberOf, pointOf, sizeOf, type Fields, type Point } from './sound.js';

/** Why an overlay cannot be where it says: its numbers are shares of the picture, 0..1, or lie outside of it. */
export type Misfit = 'normalised' | 'outside';

/** As many parts tell enough. */
const MAX_PARTS = 200;

/** The corners of each part that an overlay is made of. */
const PARTS: Readonly<Record<OverlayType, (data: Fields) => Point[][]>> = {
  detection: ({ boxes }) => itemsOf(boxes, MAX_PARTS).map(cornersOf),
  pose: ({ keypoints }) => itemsOf(keypoints, MAX_PARTS).map(pointsOf),
  // It lies over the whole picture.
  heatmap: () => [],
  zone: ({ zones }) =>
    itemsOf(zones, MAX_PARTS).map((zone) => itemsOf(fieldsOf(zone)['polygon'], MAX_PARTS).flatMap(pointsOf)),
  annotation: ({ annotations }) => itemsOf(annotations, MAX_PARTS).map(pointsOf),
};

/**
 * Why an overlay is not seen, or is in a corner: most often its producer should send `width` and `height` of the picture it
 * looked at. `undefined` where nothing is wrong, or nothing tells the size.
 * @param size of the video, in pixels, where the message tells none
 */
export function misfitOf(
  message: OverlayMessage,
  size?: { readonly width: number; readonly height: number },
): Misfit | undefined {
  if (!isOverlayType(message.overlay_type)) return undefined;

  const data = fieldsOf(message.data);
  const parts = PARTS[message.overlay_type](data).filter((part) => part.length > 0);
  if (parts.length === 0) return undefined;
  // A point at the corner is a point; a part that reaches over less than a pixel is none.
  const all = parts.flat();
  if (all.every(({ x, y }) => x >= 0 && y >= 0 && x <= 1 && y <= 1) && all.some(({ x, y }) => x > 0 || y > 0))
    return 'normalised';

  const width = sizeOf(data['width']) ?? size?.width ?? Infinity;
  const height = sizeOf(data['height']) ?? size?.height ?? Infinity;
  const isOutside = (part: Point[]): boolean =>
    part.every(({ x }) => x < 0) ||
    part.every(({ x }) => x > width) ||
    part.every(({ y }) => y < 0) ||
    part.every(({ y }) => y > height);

  return parts.some(isOutside) ? 'outside' : undefined;
}

function pointsOf(item: unknown): Point[] {
  const point = pointOf(item);

  return point ? [point] : [];
}

function cornersOf(item: unknown): Point[] {
  const { x, y, w, h } = fieldsOf(item);
  const [left, top, width, height] = [x, y, w, h].map(numberOf);
  if (left === undefined || top === undefined || width === undefined || height === undefined) return [];

  return [
    { x: left, y: top },
    { x: left + width, y: top + height },
  ];
}
