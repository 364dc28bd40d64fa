import { fieldsOf, sizeOf, type Fields, type Point } from './sound.js';

/** A rectangle in pixels of the canvas's backing store. */
export interface Rect {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** How a picture fills its element, as CSS `object-fit` says it. */
export type Fit = 'contain' | 'cover' | 'fill';

/** Where the producer's picture lies on the canvas. */
export interface Picture {
  /** All of the picture; with `cover` it reaches beyond the canvas. */
  readonly whole: Rect;
  /** What of it the canvas shows. */
  readonly visible: Rect;
  /** From a point of the producer's picture to one of the canvas. */
  at(point: Point): Point;
}

interface VideoSize {
  videoWidth?: number | undefined;
  videoHeight?: number | undefined;
  fallbackSize?: { readonly width: number; readonly height: number } | undefined;
  fit?: Fit | undefined;
}

/**
 * A producer's pixels are those of the picture it looked at, `data.width` by `data.height` where it says so, which is
 * often a smaller copy of what the video shows. `undefined` while nothing tells the size of either.
 */
export function pictureOf(
  canvas: { width: number; height: number },
  data: Fields,
  video: VideoSize,
): Picture | undefined {
  const width = sizeOf(fieldsOf(data)['width']) ?? sizeOf(video.videoWidth) ?? video.fallbackSize?.width;
  const height = sizeOf(fieldsOf(data)['height']) ?? sizeOf(video.videoHeight) ?? video.fallbackSize?.height;
  if (width === undefined || height === undefined || !canvas.width || !canvas.height) return undefined;

  const whole = fitted(canvas, sizeOf(video.videoWidth) ?? width, sizeOf(video.videoHeight) ?? height, video.fit);
  const left = Math.max(whole.x, 0);
  const top = Math.max(whole.y, 0);

  return {
    whole,
    visible: {
      x: left,
      y: top,
      w: Math.min(whole.x + whole.w, canvas.width) - left,
      h: Math.min(whole.y + whole.h, canvas.height) - top,
    },
    at: ({ x, y }) => ({ x: whole.x + (x / width) * whole.w, y: whole.y + (y / height) * whole.h }),
  };
}

function fitted(canvas: { width: number; height: number }, width: number, height: number, fit: Fit = 'contain'): Rect {
  if (fit === 'fill') return { x: 0, y: 0, w: canvas.width, h: canvas.height };

  const [byWidth, byHeight] = [canvas.width / width, canvas.height / height];
  const scale = fit === 'cover' ? Math.max(byWidth, byHeight) : Math.min(byWidth, byHeight);
  const [w, h] = [width * scale, height * scale];

  return { x: (canvas.width - w) / 2, y: (canvas.height - h) / 2, w, h };
}
