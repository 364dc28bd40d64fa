import { useEffect, useRef, type RefObject } from 'react';
import { FrameSync } from './frame-sync.js';
import type { MediaSource } from './media-source.js';
import { camera, minConfidence } from './overlay-settings.js';
import { overlayStore } from './overlay-store.js';
import { onDrawn, tellPainter } from './painter.js';
import type { Picture } from './picture.js';

/** From below to above: what changes seldom, and what moves. */
const CANVASES = 2;

/** How often it is looked whether the picture has got another size, in ms: not each one tells. */
const LOOK_MS = 500;

interface OverlayCanvasProps {
  source: MediaSource;
  picture: RefObject<Picture | null>;
}

/** The canvases over the picture, that the painter draws the newest overlays on. */
export function OverlayCanvas({ source, picture }: OverlayCanvasProps) {
  const screen = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const parent = screen.current;
    if (!parent) return;

    // Made here and not rendered: a canvas can be given away only once.
    const canvases = Array.from({ length: CANVASES }, newCanvas);
    parent.replaceChildren(...canvases);
    tellPainter({ canvases: canvases.map((canvas) => canvas.transferControlToOffscreen()) });

    let [size, told] = [{ width: 0, height: 0 }, ''];
    let sync: FrameSync | undefined;
    let drawn: number | undefined;
    // The painter may be behind, and after a jump it always is: no box is better than one of another moment.
    const hide = (): void => {
      const visibility = sync?.isApart(drawn) ? 'hidden' : '';
      for (const { style } of canvases) if (style.visibility !== visibility) style.visibility = visibility;
    };
    const look = (): void => {
      if (source.kind === 'video') sync = syncWith(picture.current, sync, look);
      const view = {
        ...size,
        pixelRatio: devicePixelRatio,
        picture: sizeOf(picture.current),
        frame: sync?.frame,
        camera: camera.get(),
        minConfidence: minConfidence.get(),
      };
      const text = JSON.stringify(view);
      if (text !== told) tellPainter({ view });
      told = text;
      hide();
    };
    // Told and not read: to read it makes the browser lay out the page. The first call comes by itself.
    const sizes = new ResizeObserver(([entry]) => {
      const { width, height } = entry?.contentRect ?? size;
      size = { width, height };
      look();
    });
    sizes.observe(parent);
    const timer = setInterval(look, LOOK_MS);
    const stops = [
      ...[camera, minConfidence].map((changing) => changing.subscribe(look)),
      onDrawn(({ frame }) => {
        drawn = frame;
        showFrame(canvases, frame);
        hide();
      }),
    ];

    return () => {
      sync?.stop();
      sizes.disconnect();
      clearInterval(timer);
      stops.forEach((stop) => stop());
    };
  }, [source, picture]);

  return <div ref={screen} className="stage-overlays" aria-hidden="true" />;
}

/** A video that may not be read is opened anew, in another element. */
function syncWith(picture: Picture | null, last: FrameSync | undefined, onShow: () => void): FrameSync | undefined {
  if (picture === last?.video) return last;

  last?.stop();
  const canTell = picture instanceof HTMLVideoElement && 'requestVideoFrameCallback' in picture;
  return canTell ? new FrameSync(picture, overlayStore, onShow) : undefined;
}

function newCanvas(): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.className = 'stage-overlay';

  return canvas;
}

function sizeOf(picture: Picture | null): { videoWidth: number; videoHeight: number } | undefined {
  if (picture instanceof HTMLVideoElement && picture.videoWidth > 0) {
    return { videoWidth: picture.videoWidth, videoHeight: picture.videoHeight };
  }
  if (picture instanceof HTMLImageElement && picture.naturalWidth > 0) {
    return { videoWidth: picture.naturalWidth, videoHeight: picture.naturalHeight };
  }

  return undefined;
}

/** For who looks at the page from outside: which frame of the recording the overlays are of. */
function showFrame(canvases: readonly HTMLCanvasElement[], frame: number | undefined): void {
  for (const { dataset } of canvases) {
    if (frame === undefined || frame < 0) delete dataset['frame'];
    else dataset['frame'] = `${frame}`;
  }
}
