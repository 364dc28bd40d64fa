import type { OverlayType } from 'dogmonitor-client';
import { OverlayLayer } from './overlay-layer.js';
import { OverlaySlots } from './overlay-slots.js';
import type { Drawn, Order, View } from './painter.js';

/**
 * From below to above. What changes seldom has a canvas of its own: a heatmap costs more to draw than all boxes, and
 * comes ten times less often.
 */
const LAYERS: readonly (readonly OverlayType[])[] = [
  ['heatmap', 'zone'],
  ['detection', 'pose', 'annotation'],
];

/** Between two steps of fading, in ms. */
const FADE_STEP_MS = 50;

const slots = new OverlaySlots();
let layers: readonly OverlayLayer[] = [];
let view: View | undefined;
let request = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let toldFrame: number | undefined;

addEventListener('message', ({ data: order }: MessageEvent<Order>) => {
  if ('put' in order) slots.put(order.put, order.receivedAt);
  else if ('retain' in order) slots.retain(order.retain);
  else if ('keepsFrames' in order) slots.keepFrames(order.keepsFrames);
  else if ('canvases' in order) begin(order.canvases);
  else view = order.view;

  schedule();
});

/** Nothing is drawn on new canvases until it is told what is behind them. */
function begin(canvases: readonly OffscreenCanvas[]): void {
  layers = layersOn(canvases);
  view = undefined;
  toldFrame = undefined;
}

function layersOn(canvases: readonly OffscreenCanvas[]): OverlayLayer[] {
  return canvases.flatMap((canvas, index) => {
    const context = canvas.getContext('2d');

    return context ? [new OverlayLayer(context, LAYERS[index] ?? [])] : [];
  });
}

function schedule(): void {
  // In a hidden page it waits until the page is seen, and then draws once what is newest.
  request ||= requestAnimationFrame(draw);
}

function draw(): void {
  request = 0;
  if (!view) return;

  const shown = view;
  const waits = layers.flatMap((layer) => layer.draw(slots, shown, Date.now()) ?? []);
  clearTimeout(timer);
  if (waits.length > 0) timer = setTimeout(schedule, Math.max(FADE_STEP_MS, Math.min(...waits)));

  if (shown.frame !== toldFrame) postMessage({ frame: shown.frame } satisfies Drawn);
  toldFrame = shown.frame;
}
