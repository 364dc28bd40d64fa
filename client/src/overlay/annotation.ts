import type { Pen } from './pen.js';
import type { Shape } from './shapes.js';
import { fieldsOf, itemsOf, pointOf, textOf, type Point } from './sound.js';

const MAX_ANNOTATIONS = 100;
const MAX_TEXT_LENGTH = 160;
const MAX_LINES = 4;
const ACCENT = '#ffb000';

/** Between the pin and its note, in CSS pixels: the chip of a box whose corner is pinned stays to be read. */
const DISTANCE = 26;

/** `annotations`: a pin at the point, and what the user wrote on a dark note beside it. */
export const drawAnnotation: Shape = (pen, data) => {
  let count = 0;

  for (const item of itemsOf(data['annotations'], MAX_ANNOTATIONS)) {
    const point = pointOf(item);
    if (!point) continue;

    const at = pen.picture.at(point);
    pen.fade(1);
    drawNote(pen, at, textOf(fieldsOf(item)['text'], MAX_TEXT_LENGTH));
    drawPin(pen, at);
    count++;
  }

  return count;
};

function drawPin(pen: Pen, { x, y }: Point): void {
  const { ctx } = pen;
  ctx.beginPath();
  ctx.arc(x, y, 3.5 * pen.unit, 0, 2 * Math.PI);
  pen.stroke('white', Math.max(1, Math.round(1.5 * pen.unit)));
  ctx.fillStyle = ACCENT;
  ctx.fill();
}

function drawNote(pen: Pen, pin: Point, text: string): void {
  if (text === '') return;

  const { ctx, unit, picture } = pen;
  const [padding, step] = [9 * unit, pen.lineHeight];
  pen.setFont(500);
  const lines = wrapped(pen, text, Math.min(260 * unit, 0.6 * picture.visible.w));
  const w = Math.ceil(Math.max(...lines.map((line) => ctx.measureText(line).width)) + 2 * padding);
  const h = Math.ceil(lines.length * step + padding);
  const above = pin.y - h - DISTANCE * unit;
  const y = above >= picture.visible.y ? above : pin.y + DISTANCE * unit;
  const note = pen.inside({ x: Math.round(pin.x + 10 * unit), y: Math.round(y), w, h });

  ctx.beginPath();
  ctx.moveTo(pin.x, pin.y);
  ctx.lineTo(Math.max(note.x, Math.min(pin.x + 14 * unit, note.x + w)), y < pin.y ? note.y + h : note.y);
  pen.stroke(ACCENT, Math.max(1, Math.round(1.5 * unit)));
  pen.plate(note, 'rgb(9 13 24 / 84%)', 6 * unit);
  ctx.fillStyle = ACCENT;
  ctx.fillRect(note.x, note.y + 5 * unit, Math.round(3 * unit), h - 10 * unit);
  ctx.fillStyle = 'white';
  lines.forEach((line, row) => ctx.fillText(line, note.x + padding, note.y + padding / 2 + (row + 0.5) * step));
}

/** At spaces, within this many backing pixels; the last line is cut when there is more. */
function wrapped(pen: Pen, text: string, width: number): string[] {
  const lines = [''];

  for (const word of text.split(/\s+/)) {
    const last = lines.length - 1;
    const longer = `${lines[last] ?? ''} ${word}`.trim();
    if (lines[last] === '' || lines.length === MAX_LINES || pen.ctx.measureText(longer).width <= width)
      lines[last] = longer;
    else lines.push(word);
  }

  return lines.map((line) => pen.cut(line, width));
}
