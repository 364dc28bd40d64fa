import type { OverlayMessage, OverlayType } from 'dogmonitor-client';
import { notify } from '../app/notices.js';

/** What the painter is told. */
export type Order =
  | { put: OverlayMessage; receivedAt: number }
  | { retain: readonly OverlayType[] }
  | { keepsFrames: boolean }
  | { canvases: readonly OffscreenCanvas[] }
  | { view: View };

/** Where and how the overlays are drawn. */
export interface View {
  /** Of each canvas, in CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Backing pixels of one CSS pixel. */
  readonly pixelRatio: number;
  /** The size of the picture behind, in its pixels, where that is known. */
  readonly picture: { readonly videoWidth: number; readonly videoHeight: number } | undefined;
  /** The frame of the video that is shown, where overlays go with frames; below 0 while that is not known. */
  readonly frame: number | undefined;
  readonly camera: string;
  readonly minConfidence: number;
}

/** What the painter tells: the frame that it has drawn, where overlays go with frames. */
export interface Drawn {
  readonly frame: number | undefined;
}

/**
 * Draws the overlays in a thread of its own. Three cameras bring 170 overlays a second: drawn by the page itself, they alone
 * kept its thread busy for a third of the time, and all else waited for them.
 */
const worker = new Worker(new URL('./painter-worker.ts', import.meta.url), { type: 'module', name: 'painter' });
worker.addEventListener('error', () => notify('bad', 'the overlays cannot be drawn: reload the page'));

export function tellPainter(order: Order): void {
  worker.postMessage(order, 'canvases' in order ? [...order.canvases] : []);
}

/** Returns how to stop. */
export function onDrawn(listener: (drawn: Drawn) => void): () => void {
  const handle = ({ data }: MessageEvent<Drawn>): void => listener(data);
  worker.addEventListener('message', handle);

  return () => worker.removeEventListener('message', handle);
}
