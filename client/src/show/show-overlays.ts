import type { OverlayMessage } from '../../../src/protocol/messages.js';
import type { DrawOptions } from '../overlay/draw-overlay.js';
import { isOverlayType } from '../overlay/overlays.js';
import type { Unsubscribe } from '../types.js';
import { FrameSync } from './frame-sync.js';
import { Painter, type Painting } from './painter.js';
import { RemotePainter } from './remote-painter.js';
import { frameOf } from './slots.js';

/** What a video, and what an image tells when its size is known or another. */
const SIZE_EVENTS = ['resize', 'load', 'loadeddata'] as const;

/** A client of the hub, or anything else that has overlays to show, such as a recording. */
export interface OverlayFeed {
  on(name: 'overlay', handler: (message: OverlayMessage) => void): Unsubscribe;
}

export interface ShowOptions extends Omit<DrawOptions, 'now' | 'receivedAt' | 'pixelRatio'> {
  /** What the canvas lies over: its size is `videoWidth` and `videoHeight`. @default none: see those */
  over?: HTMLVideoElement | HTMLImageElement | undefined;
  /** Only overlays of these types. @default all */
  overlayTypes?: readonly string[] | undefined;
  /** Only overlays of this camera or sensor; `''` is those without one. @default all */
  source?: string | undefined;
  /**
   * Whether the video in `over` is the recording that the overlays are of, which tell its frames as `data.frame`: it follows
   * them by its speed or by a jump, and each frame is drawn with its own overlays. @default false
   */
  sync?: boolean | undefined;
}

/** Ends the show, and empties the canvas. */
export interface OverlayView extends Unsubscribe {
  /** Changes options; those that are not given stay as they are. */
  update(this: void, options: ShowOptions): void;
  /** Takes away all that is shown. */
  clear(this: void): void;
}

/** One canvas for all; or two that lie on each other: heat and zones are drawn on the lower one, and less often. */
export type OverlayCanvas = HTMLCanvasElement | readonly [ground: HTMLCanvasElement, top: HTMLCanvasElement];

/**
 * Shows the newest overlay of each type and source on a canvas, until it is past its time. It draws in the next frame after
 * something has changed (one has come, one fades, the canvas or what it lies over has another size), and else not at all.
 * The canvas gets one backing pixel for each of the screen. What is drawn together of one source is of one frame, where
 * its overlays tell theirs.
 * @param worker draws there instead of in the page: one that runs `dogmonitor-client/overlay-worker`. It takes the canvas
 *   for good, and knows no `theme.colorOf`.
 */
export function showOverlays(
  feed: OverlayFeed,
  canvas: OverlayCanvas,
  options: ShowOptions & { worker?: Worker | undefined } = {},
): OverlayView {
  const { worker, ...rest } = options;
  const show = new Show(canvas instanceof HTMLCanvasElement ? [canvas] : canvas, rest, worker);
  const off = feed.on('overlay', (message) => show.take(message));
  const stop = (): void => {
    off();
    show.stop();
  };

  return Object.assign(stop, {
    update: (part: ShowOptions) => show.update(part),
    clear: () => show.clear(),
  });
}

class Show {
  private readonly painting: Painting;
  /** In CSS pixels. Told and not read: to read it makes the browser lay out the page in the middle of a frame. */
  private size = { width: 0, height: 0 };
  private readonly sizes: ResizeObserver;
  private pixelRatio = 0;
  private sync: FrameSync | undefined;
  private toldFrame: number | undefined;
  private drawnFrame: number | undefined;
  private isHidden = false;

  constructor(
    private readonly canvases: readonly HTMLCanvasElement[],
    private options: ShowOptions,
    worker: Worker | undefined,
  ) {
    const onDrawn = (frame: number | undefined): void => this.handleDrawn(frame);
    const contexts = (): CanvasRenderingContext2D[] => canvases.flatMap((canvas) => canvas.getContext('2d') ?? []);
    this.painting = worker ? new RemotePainter(worker, canvases, onDrawn) : new Painter(contexts(), onDrawn);
    this.sizes = new ResizeObserver((entries) => {
      this.size = entries.at(-1)?.contentRect ?? this.size;
      this.look();
    });
    if (canvases[0]) this.sizes.observe(canvases[0]);
    this.attach();
  }

  take(message: OverlayMessage): void {
    const { overlayTypes, source } = this.options;
    if (!isOverlayType(message.overlay_type)) return;
    if (overlayTypes && !overlayTypes.includes(message.overlay_type)) return;
    if (source !== undefined && (message.source ?? '') !== source) return;
    // A window that goes to another screen tells nobody.
    if (this.pixelRatio !== devicePixelRatio) this.look();

    this.painting.put(message, Date.now());
    const frame = frameOf(message);
    if (frame !== undefined) this.sync?.follow(frame);
  }

  update(part: ShowOptions): void {
    const last = this.options;
    const names = Object.keys(part) as (keyof ShowOptions)[];
    if (names.every((name) => part[name] === last[name])) return;

    const next = { ...last, ...part };
    if (next.source !== last.source) this.clear();
    else if (next.overlayTypes && next.overlayTypes !== last.overlayTypes) this.painting.retain(next.overlayTypes);

    const isOther = next.over !== last.over || next.sync !== last.sync;
    if (isOther) this.detach();
    this.options = next;
    if (isOther) this.attach();
    this.look();
  }

  clear(): void {
    this.painting.retain([]);
  }

  stop(): void {
    this.sizes.disconnect();
    this.detach();
    this.painting.stop();
  }

  private attach(): void {
    const { over, sync } = this.options;
    for (const name of SIZE_EVENTS) over?.addEventListener(name, this.look);
    if (sync && over instanceof HTMLVideoElement && 'requestVideoFrameCallback' in over)
      this.sync = new FrameSync(over, () => this.showFrame());
  }

  private detach(): void {
    for (const name of SIZE_EVENTS) this.options.over?.removeEventListener(name, this.look);
    this.sync?.stop();
    this.sync = undefined;
    this.drawnFrame = undefined;
  }

  private readonly look = (): void => {
    const { over, overlayTypes: _, source: __, sync: ___, ...drawing } = this.options;
    this.pixelRatio = devicePixelRatio;
    this.painting.look({
      ...drawing,
      ...sizeOf(over),
      ...{ width: this.size.width, height: this.size.height },
      pixelRatio: this.pixelRatio,
      isForVideo: this.sync !== undefined,
    });
    this.showFrame();
  };

  private showFrame(): void {
    const frame = this.sync?.frame;
    if (frame !== this.toldFrame) this.painting.show(frame);
    this.toldFrame = frame;
    this.hide();
  }

  private handleDrawn(frame: number | undefined): void {
    this.drawnFrame = frame;
    // For who looks at the page from outside: which frame of the recording the overlays are of.
    for (const { dataset } of this.canvases) {
      if (frame === undefined || frame < 0) delete dataset['frame'];
      else dataset['frame'] = `${frame}`;
    }
    // What a worker has drawn is on the screen a frame or two after it says so.
    if (this.isHidden) requestAnimationFrame(() => requestAnimationFrame(() => this.hide()));
    else this.hide();
  }

  /** A worker may be behind, and after a jump it always is: no box is better than one of another moment. */
  private hide(): void {
    const isHidden = this.sync?.isApart(this.drawnFrame) ?? false;
    if (isHidden === this.isHidden) return;

    this.isHidden = isHidden;
    for (const { style } of this.canvases) style.visibility = isHidden ? 'hidden' : '';
  }
}

function sizeOf(picture: ShowOptions['over']): Pick<DrawOptions, 'videoWidth' | 'videoHeight'> {
  if (!picture) return {};

  return 'videoWidth' in picture
    ? { videoWidth: picture.videoWidth, videoHeight: picture.videoHeight }
    : { videoWidth: picture.naturalWidth, videoHeight: picture.naturalHeight };
}
