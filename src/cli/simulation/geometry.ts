import type { Box } from '../../protocol/messages.js';

/** The picture of the simulated camera, in pixels. */
export const PICTURE = { width: 1280, height: 720 } as const;

/** In pixels of the picture. */
export interface Point {
  x: number;
  y: number;
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

export function round(value: number, digits = 0): number {
  const factor = 10 ** digits;

  return Math.round(value * factor) / factor || 0; // never -0
}

/** The share of the way to go in `seconds` when a value follows its goal with `rate` per second. */
export function easing(rate: number, seconds: number): number {
  return 1 - Math.exp(-rate * seconds);
}

/** Pixels that one height of the dog's withers takes at this depth: what is further away is higher up and smaller. */
export function unitAt(y: number): number {
  return 70 + 0.44 * (clamp(y, 440, 690) - 440);
}

export function insidePicture({ x, y }: Point): Point {
  return { x: round(clamp(x, 0, PICTURE.width), 1), y: round(clamp(y, 0, PICTURE.height), 1) };
}

/** What of a rectangle is in the picture, in whole pixels; `undefined` when it is next to nothing. */
export function visibleBox(left: number, top: number, right: number, bottom: number): Box | undefined {
  const x = Math.round(clamp(left, 0, PICTURE.width));
  const y = Math.round(clamp(top, 0, PICTURE.height));
  const w = Math.round(clamp(right, 0, PICTURE.width)) - x;
  const h = Math.round(clamp(bottom, 0, PICTURE.height)) - y;

  return w >= 4 && h >= 4 ? { x, y, w, h } : undefined;
}
