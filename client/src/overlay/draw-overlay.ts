import type { OverlayType } from '../../../src/protocol/messages.js';
import { drawAnnotation } from './annotation.js';
import { freshnessOf, type AgeOptions } from './freshness.js';
import { drawHeatmap } from './heatmap.js';
import { isOverlayType } from './overlays.js';
import { Pen, type Context2D, type OverlayTheme } from './pen.js';
import { pictureOf, type Fit, type Picture } from './picture.js';
import { drawPose } from './pose.js';
import { drawDetection, drawZone, type Shape } from './shapes.js';
import { fieldsOf } from './sound.js';

/** Where and how an overlay is drawn. */
export interface DrawOptions extends AgeOptions {
  /** `video.videoWidth`, in pixels. @default `data.width` of the message */
  videoWidth?: number | undefined;
  /** `video.videoHeight`, in pixels. @default `data.height` of the message */
  videoHeight?: number | undefined;
  /** The size of a picture that neither the video nor the message tells, in pixels. @default none: nothing is drawn */
  fallbackSize?: { readonly width: number; readonly height: number } | undefined;
  /** The CSS `object-fit` of the video. @default 'contain' */
  fit?: Fit | undefined;
  /** Boxes and keypoints less sure than this are left out, 0..1. @default 0 */
  minConfidence?: number | undefined;
  /** Backing pixels of one CSS pixel. @default the canvas's width by its CSS width; 1 off screen */
  pixelRatio?: number | undefined;
  theme?: OverlayTheme | undefined;
}

const SHAPES: Readonly<Record<OverlayType, Shape>> = {
  detection: drawDetection,
  pose: drawPose,
  heatmap: drawHeatmap,
  zone: drawZone,
  annotation: drawAnnotation,
};

/**
 * Draws one overlay over a video, at the place and size the video has in its element: the canvas lies over that element,
 * with the same CSS size and any size of backing store. It leaves what is on the canvas (see `clearOverlay`), and the
 * state of `ctx` as it was.
 *
 * It never throws: of data that is broken, hostile or too much it draws what is sound, and at most 1,000 boxes.
 * @param message an `overlay` of the hub
 * @returns whether anything was drawn: `false` when it is past its time, when nothing in it can be drawn, or when neither
 *   the message nor the options tell the size of the picture
 */
export function drawOverlay(
  ctx: Context2D,
  message: { overlay_type: string; data: object },
  options: DrawOptions = {},
): boolean {
  const { overlay_type: type, data } = fieldsOf(message);
  if (!isOverlayType(type)) return false;

  const freshness = freshnessOf(message, type, options);
  const picture = freshness > 0 ? pictureOf(ctx.canvas, fieldsOf(data), options) : undefined;
  if (!picture) return false;

  ctx.save();
  prepare(ctx, picture);
  const pen = new Pen(ctx, picture, options.theme ?? {}, freshness, options.pixelRatio ?? pixelRatioOf(ctx.canvas));
  const count = SHAPES[type](pen, fieldsOf(data), options.minConfidence ?? 0);
  ctx.restore();

  return count > 0;
}

/** Empties the canvas for the next frame, and gives it one backing pixel a device pixel where it has another size. */
export function clearOverlay(ctx: Context2D): void {
  const { canvas } = ctx;

  if ('clientWidth' in canvas && canvas.clientWidth > 0) {
    const width = Math.round(canvas.clientWidth * devicePixelRatio);
    const height = Math.round(canvas.clientHeight * devicePixelRatio);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
  }

  ctx.save();
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.clearRect(0, 0, canvas.width, canvas.height);
  ctx.restore();
}

/** Whatever the caller had set: it comes back by `restore`. */
function prepare(ctx: Context2D, { visible: { x, y, w, h } }: Picture): void {
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.globalCompositeOperation = 'source-over';
  ctx.shadowColor = 'transparent';
  ctx.textAlign = 'left';
  ctx.setLineDash([]);
  ctx.beginPath();
  ctx.rect(x, y, w, h);
  ctx.clip();
}

function pixelRatioOf(canvas: Context2D['canvas']): number {
  return 'clientWidth' in canvas && canvas.clientWidth > 0 ? canvas.width / canvas.clientWidth : 1;
}
