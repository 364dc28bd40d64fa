import type { Context2D } from './pen.js';
import type { Shape } from './shapes.js';
import { itemsOf, sizeOf, type Fields } from './sound.js';

/** Of a side of the grid. */
const MAX_SIDE = 256;
/** Each cell becomes this many points a side, as far as the picture of the heat stays below this many points a side. */
const DETAIL = 8;
const MAX_POINTS = 320;

/** From cool to hot: lightness rises all the way, so it reads without colours too. Red, green, blue. */
const RAMP: readonly (readonly [number, number, number])[] = [
  [66, 30, 140],
  [150, 38, 130],
  [222, 74, 84],
  [251, 140, 48],
  [252, 222, 110],
];

/** Below this nothing is drawn: sensor noise must not veil the video. */
const FLOOR = 0.04;
const MAX_ALPHA = 0.62;

/** The picture of a heatmap, computed once for as many frames as it is shown. Weak: it goes with its message. */
const pictures = new WeakMap<object, CanvasImageSource>();

/** `cells`, `rows` rows of `cols` values 0..1, over the whole picture, as soft clouds instead of squares. */
export const drawHeatmap: Shape = (pen, data) => {
  const { ctx, picture } = pen;
  const heat = pictures.get(data) ?? paint(ctx, data);
  if (!heat) return 0;

  pictures.set(data, heat);
  const { x, y, w, h } = picture.whole;
  pen.fade(1);
  ctx.imageSmoothingEnabled = true;
  ctx.imageSmoothingQuality = 'high';
  ctx.drawImage(heat, x, y, w, h);

  return 1;
};

function paint(ctx: Context2D, data: Fields): CanvasImageSource | undefined {
  const [cols, rows] = [sideOf(data['cols']), sideOf(data['rows'])];
  if (cols === undefined || rows === undefined) return undefined;

  const cells = itemsOf(data['cells'], cols * rows);
  if (cells.length === 0) return undefined;

  const detail = Math.max(1, Math.min(DETAIL, Math.floor(MAX_POINTS / Math.max(cols, rows))));
  const canvas = newCanvas(cols * detail, rows * detail);
  const inner: Context2D | null = canvas.getContext('2d');
  if (!inner) return undefined;

  const grid = Float32Array.from({ length: cols * rows }, (_, place) => heatOf(cells[place]));
  const across = blend(grid, rows, cols, detail, cols, 1);
  const smooth = blend(across, cols * detail, rows, detail, 1, cols * detail);
  const image = ctx.createImageData(cols * detail, rows * detail);
  color(smooth, image.data);
  inner.putImageData(image, 0, 0);

  return canvas;
}

function sideOf(value: unknown): number | undefined {
  const side = sizeOf(value);

  return side !== undefined && Number.isInteger(side) && side <= MAX_SIDE ? side : undefined;
}

function heatOf(value: unknown): number {
  return typeof value === 'number' && value > 0 ? Math.min(1, value) : 0;
}

function newCanvas(width: number, height: number): OffscreenCanvas | HTMLCanvasElement {
  if (typeof OffscreenCanvas === 'function') return new OffscreenCanvas(width, height);

  return Object.assign(document.createElement('canvas'), { width, height });
}

/**
 * Stretches each of `lines` lines of `count` values by `detail`, with a cubic B-spline between them: it never swings out
 * below 0 or above 1, and shows no grid.
 * @param lineStep from one line to the next in `from`
 * @param step from one value of a line to the next in `from`
 */
function blend(from: Float32Array, lines: number, count: number, detail: number, lineStep: number, step: number) {
  const long = count * detail;
  const to = new Float32Array(lines * long);
  const isRow = step === 1;

  for (let i = 0; i < long; i++) {
    const place = (i + 0.5) / detail - 0.5;
    const cell = Math.floor(place);
    const t = place - cell;
    const weights = [(1 - t) ** 3, 3 * t ** 3 - 6 * t ** 2 + 4, -3 * t ** 3 + 3 * t ** 2 + 3 * t + 1, t ** 3];

    for (let line = 0; line < lines; line++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) {
        const near = Math.max(0, Math.min(count - 1, cell + k - 1));
        sum += ((weights[k] ?? 0) / 6) * (from[line * lineStep + near * step] ?? 0);
      }
      to[isRow ? line * long + i : i * lines + line] = sum;
    }
  }

  return to;
}

function color(heat: Float32Array, pixels: Uint8ClampedArray): void {
  heat.forEach((value, place) => {
    const above = Math.max(0, (value - FLOOR) / (1 - FLOOR));
    const at = Math.min(above * (RAMP.length - 1), RAMP.length - 1.001);
    const [low, high] = [RAMP[Math.floor(at)], RAMP[Math.floor(at) + 1]];

    for (let part = 0; part < 3; part++) {
      pixels[4 * place + part] = (low?.[part] ?? 0) + (at % 1) * ((high?.[part] ?? 0) - (low?.[part] ?? 0));
    }
    // A root: what is warm shows early, and what is hot does not hide the dog.
    pixels[4 * place + 3] = 255 * MAX_ALPHA * Math.sqrt(above);
  });
}
