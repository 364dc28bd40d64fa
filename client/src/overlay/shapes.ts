import type { Pen } from './pen.js';
import type { Rect } from './picture.js';
import { confidenceOf, fieldsOf, itemsOf, numberOf, pointOf, textOf, type Fields, type Point } from './sound.js';

/** Draws the sound parts of `data`, and gives how many there were. */
export type Shape = (pen: Pen, data: Fields, minConfidence: number) => number;

/** As many as the hub lets through. */
const MAX_BOXES = 1_000;
/** More chips than this tell nobody anything. */
const MAX_CHIPS = 100;
const MAX_ZONES = 100;
const MAX_CORNERS = 500;
const MAX_LABEL_LENGTH = 32;

/** `boxes` with a chip each: label and confidence. */
export const drawDetection: Shape = (pen, data, minConfidence) => {
  const chips: (() => void)[] = [];
  let count = 0;

  for (const item of itemsOf(data['boxes'], MAX_BOXES)) {
    const box = fieldsOf(item);
    const [x, y, w, h] = ['x', 'y', 'w', 'h'].map((name) => numberOf(box[name]));
    const confidence = confidenceOf(box['confidence']);
    if (x === undefined || y === undefined || w === undefined || h === undefined) continue;
    if (w < 0 || h < 0 || confidence < minConfidence) continue;

    const [start, end] = [pen.picture.at({ x, y }), pen.picture.at({ x: x + w, y: y + h })];
    if (!pen.isVisible({ ...start, w: end.x - start.x + 1, h: end.y - start.y + 1 })) continue;

    const label = textOf(box['label'], MAX_LABEL_LENGTH);
    const share = typeof box['confidence'] === 'number' ? `${Math.round(confidence * 100)} %` : '';
    pen.fade(confidence);
    chips.push(drawBox(pen, start, end, pen.colorOf(label), `${label} ${share}`.trim()));
    count++;
  }

  // After all boxes, so that no line crosses a chip.
  for (const drawChip of chips.slice(0, MAX_CHIPS)) drawChip();

  return count;
};

/** Gives what draws the chip of the box. */
function drawBox(pen: Pen, start: Point, end: Point, color: string, text: string): () => void {
  const { ctx, lineWidth: line, picture } = pen;
  const { x, y, w, h } = picture.visible;
  // A box that leaves the picture ends at its border, where its line is still seen.
  const left = pen.crisp(Math.max(start.x, x + line));
  const top = pen.crisp(Math.max(start.y, y + line));
  const right = pen.crisp(Math.min(end.x, x + w - line));
  const bottom = pen.crisp(Math.min(end.y, y + h - line));

  ctx.beginPath();
  ctx.roundRect(left, top, Math.max(1, right - left), Math.max(1, bottom - top), 3 * pen.unit);
  pen.stroke(color);

  const corners = (chip: Rect): readonly Point[] => {
    const [outer, inner] = [left - line / 2, left + 2 * line];

    return [
      ...(top - chip.h - line >= y ? [{ x: outer, y: top - chip.h - line }] : []),
      { x: inner, y: top + 2 * line },
      ...(bottom + chip.h + line <= y + h ? [{ x: outer, y: bottom + line }] : []),
      { x: inner, y: bottom - chip.h - 2 * line },
      { x: right - chip.w, y: top + 2 * line },
    ];
  };

  return () => pen.chip(text, color, corners);
}

/** `zones`: a tint, its border and its name in the middle. */
export const drawZone: Shape = (pen, data) => {
  const { ctx, picture } = pen;
  let count = 0;

  for (const item of itemsOf(data['zones'], MAX_ZONES)) {
    const zone = fieldsOf(item);
    const corners = itemsOf(zone['polygon'], MAX_CORNERS).flatMap((corner) => {
      const point = pointOf(corner);

      return point ? [picture.at(point)] : [];
    });
    if (corners.length < 3) continue;

    const name = textOf(zone['name'], MAX_LABEL_LENGTH);
    const color = pen.colorOf(name);
    ctx.beginPath();
    for (const { x, y } of corners) ctx.lineTo(x, y);
    ctx.closePath();
    pen.fade(0);
    ctx.globalAlpha *= 0.35;
    ctx.fillStyle = color;
    ctx.fill();
    pen.fade(0.8);
    ctx.setLineDash([8 * pen.unit, 6 * pen.unit]);
    pen.stroke(color, Math.max(1, Math.round(1.5 * pen.unit)));
    ctx.setLineDash([]);
    const middle = middleOf(corners);
    pen.chip(name, color, ({ w, h }) =>
      [0, -1, 1].map((row) => ({ x: middle.x - w / 2, y: middle.y - h / 2 + row * h })),
    );
    count++;
  }

  return count;
};

function middleOf(corners: readonly Point[]): Point {
  const [xs, ys] = [corners.map(({ x }) => x), corners.map(({ y }) => y)];

  return { x: (Math.min(...xs) + Math.max(...xs)) / 2, y: (Math.min(...ys) + Math.max(...ys)) / 2 };
}
