import { useEffect, useRef, type RefObject } from 'react';
import type { OverlayType } from 'dogmonitor-client';
import { FrameSync } from './frame-sync.js';
import type { MediaSource } from './media-source.js';
import { OverlayLayer } from './overlay-layer.js';
import { camera, minConfidence } from './overlay-settings.js';
import { overlayStore } from './overlay-store.js';
import type { Picture } from './picture.js';

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

interface OverlayCanvasProps {
  source: MediaSource;
  picture: RefObject<Picture | null>;
}

/** Draws the newest overlays over the picture, once a frame and only where there is something new. */
export function OverlayCanvas({ source, picture }: OverlayCanvasProps) {
  const canvases = useRef<(HTMLCanvasElement | null)[]>([]);

  useEffect(() => {
    const layers = canvases.current.flatMap((canvas, index) => {
      const context = canvas?.getContext('2d');

      return context ? [new OverlayLayer(context, LAYERS[index] ?? [])] : [];
    });
    let [request, timer] = [0, 0];

    const schedule = (): void => {
      // In a hidden page it waits until the page is seen, and then draws once what is newest.
      if (request === 0) request = requestAnimationFrame(draw);
    };
    const video = picture.current;
    const sync =
      source.kind === 'video' && video instanceof HTMLVideoElement && 'requestVideoFrameCallback' in video
        ? new FrameSync(video, overlayStore, schedule)
        : undefined;
    const draw = (): void => {
      request = 0;
      const frame = sync?.frame;
      const view = { picture: picture.current, frame, camera: camera.get(), minConfidence: minConfidence.get() };
      const waits = layers.flatMap((layer) => layer.draw(overlayStore, view, Date.now()) ?? []);
      showFrame(canvases.current, frame);

      clearTimeout(timer);
      if (waits.length > 0) timer = window.setTimeout(schedule, Math.max(FADE_STEP_MS, Math.min(...waits)));
    };

    const stops = [overlayStore, camera, minConfidence].map((changing) => changing.subscribe(schedule));
    // All canvases have the size of the screen; the first call comes by itself.
    const sizes = new ResizeObserver(([entry]) => {
      const { width, height } = entry?.contentRect ?? { width: 0, height: 0 };
      for (const layer of layers) layer.resize(width, height);
      schedule();
    });
    if (canvases.current[0]) sizes.observe(canvases.current[0]);

    return () => {
      sync?.stop();
      sizes.disconnect();
      stops.forEach((stop) => stop());
      cancelAnimationFrame(request);
      clearTimeout(timer);
    };
  }, [source, picture]);

  return LAYERS.map((types, index) => (
    <canvas
      key={types.join()}
      ref={(canvas) => {
        canvases.current[index] = canvas;
      }}
      className="stage-overlay"
      aria-hidden="true"
    />
  ));
}

/** For who looks at the page from outside: which frame of the recording the overlays are of. */
function showFrame(canvases: readonly (HTMLCanvasElement | null)[], frame: number | undefined): void {
  for (const canvas of canvases) {
    if (frame === undefined) delete canvas?.dataset['frame'];
    else if (canvas) canvas.dataset['frame'] = `${frame}`;
  }
}
