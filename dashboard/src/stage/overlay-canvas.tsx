import {
  type OverlayCanvas as OverlayCanvases,
  type OverlayView,
  showOverlays,
  type ShowOptions,
} from 'dogmonitor-client/overlay';
import { useEffectEvent, useLayoutEffect, useRef } from 'react';
import { useStore } from '../app/store.js';
import type { MediaSource } from './media-source.js';
import { clearings, stageFeed } from './overlay-feed.js';
import { minConfidence, shownOverlays } from './overlay-settings.js';
import { painter } from './painter.js';
import type { Picture } from './picture.js';

/** A picture whose size nobody tells: the overlays of the guide say nothing of theirs. In pixels. */
const USUAL_SIZE = { width: 1280, height: 720 };

interface OverlayCanvasProps {
  source: MediaSource;
  /** Whose overlays; `undefined` is all. */
  camera: string | undefined;
  picture: Picture | null;
}

/** The canvases over the picture: on the lower one areas, and what moves on the other. */
export function OverlayCanvas({ source, camera, picture }: OverlayCanvasProps) {
  const screen = useRef<HTMLDivElement>(null);
  const view = useRef<OverlayView>(undefined);
  const options: ShowOptions = {
    over: picture instanceof SVGSVGElement ? undefined : (picture ?? undefined),
    sync: source.kind === 'video',
    source: camera,
    overlayTypes: useStore(shownOverlays),
    minConfidence: useStore(minConfidence),
    fallbackSize: USUAL_SIZE,
    // Nobody knows the clocks of the producers.
    clockOffsetMs: false,
  };

  // With its options: to choose the source later would take away what has come.
  const show = useEffectEvent((canvases: OverlayCanvases) =>
    showOverlays(stageFeed, canvases, { ...options, worker: painter }),
  );
  useLayoutEffect(() => {
    // Made here and not rendered: a canvas can be given to the painter only once.
    const canvases = [newCanvas(), newCanvas()] as const;
    screen.current?.replaceChildren(...canvases);
    const shown = (view.current = show(canvases));
    const stop = clearings.subscribe(shown.clear);

    return () => {
      stop();
      shown();
    };
  }, []);
  // Before the browser shows another picture: nothing of the last one may lie over it.
  useLayoutEffect(() => view.current?.update(options));

  return <div ref={screen} className="stage-overlays" aria-hidden="true" />;
}

function newCanvas(): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.className = 'stage-overlay';

  return canvas;
}
