import { conflationKeyOf, type OverlayMessage, type OverlayType } from '../../src/protocol/messages.js';
import { drawOverlay, type DrawOptions } from './overlay/draw-overlay.js';
import { steadyMsOf } from './overlay/freshness.js';
import type { HubClient, Unsubscribe } from './types.js';

/** From the ground up: an area must not hide a box. */
const LAYERS: readonly OverlayType[] = ['heatmap', 'zone', 'detection', 'pose', 'annotation'];

/** Most overlays that are shown at once; only zones of very many cameras could be more. */
const MAX_SHOWN = 256;

/** What a video, and what an image tells when its size is known or another. */
const SIZE_EVENTS = ['resize', 'load'] as const;

export interface ShowOptions extends Omit<DrawOptions, 'now' | 'receivedAt' | 'pixelRatio'> {
  /** What the canvas lies over: its size is `videoWidth` and `videoHeight`. @default none: see those */
  over?: HTMLVideoElement | HTMLImageElement | undefined;
  /** Only overlays of these types. @default all */
  overlayTypes?: readonly string[] | undefined;
  /** Only overlays of this camera or sensor. @default all */
  source?: string | undefined;
}

/**
 * Shows the newest overlay of each type and source on a canvas, until it is past its time. It draws in the next frame after
 * something has changed (one has come, one fades, the canvas or what it lies over has another size), and else not at all.
 * The canvas gets one backing pixel for each of the screen.
 * @returns how to stop, which empties the canvas
 */
export function showOverlays(client: HubClient, canvas: HTMLCanvasElement, options: ShowOptions = {}): Unsubscribe {
  const show = new Show(canvas, options);
  const off = client.on('overlay', (message) => show.take(message));

  return () => {
    off();
    show.stop();
  };
}

interface Shown {
  readonly message: OverlayMessage;
  /** In ms since 1970. */
  readonly receivedAt: number;
}

class Show {
  private readonly ctx: CanvasRenderingContext2D | null;
  private readonly newest = new Map<string, Shown>();
  /** In CSS pixels. Told and not read: to read it makes the browser lay out the page in the middle of a frame. */
  private size = { width: 0, height: 0 };
  private readonly sizes: ResizeObserver;
  private frame: number | undefined;
  /** Until time alone will have changed something. */
  private timer: ReturnType<typeof setTimeout> | undefined;
  private timerAt = Infinity;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly options: ShowOptions,
  ) {
    this.ctx = canvas.getContext('2d');
    this.sizes = new ResizeObserver((entries) => {
      this.size = entries.at(-1)?.contentRect ?? this.size;
      this.request();
    });
    this.sizes.observe(canvas);
    for (const name of SIZE_EVENTS) options.over?.addEventListener(name, this.request);
  }

  take(message: OverlayMessage): void {
    const { overlayTypes, source } = this.options;
    if (overlayTypes && !overlayTypes.includes(message.overlay_type)) return;
    if (source !== undefined && message.source !== source) return;

    const { newest } = this;
    newest.set(conflationKeyOf(message), { message, receivedAt: Date.now() });
    if (newest.size > MAX_SHOWN) newest.delete(newest.keys().next().value ?? '');
    this.request();
  }

  stop(): void {
    this.sizes.disconnect();
    for (const name of SIZE_EVENTS) this.options.over?.removeEventListener(name, this.request);
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    if (this.ctx) this.clear(this.ctx);
  }

  private readonly request = (): void => {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.draw();
    });
  };

  private draw(): void {
    const { ctx } = this;
    // The browser tells the size after the first layout, before it shows anything.
    if (!ctx || this.size.width === 0) return;

    this.clear(ctx);
    const options = { ...this.options, ...sizeOf(this.options.over), pixelRatio: devicePixelRatio, now: Date.now() };
    let steadyMs = Infinity;
    for (const [key, { message, receivedAt }] of this.layered()) {
      drawOverlay(ctx, message, { ...options, receivedAt });
      const restMs = steadyMsOf(message, message.overlay_type, { ...options, receivedAt });
      if (restMs === -Infinity) this.newest.delete(key);
      else steadyMs = Math.min(steadyMs, restMs);
    }

    if (steadyMs <= 0) this.request();
    else if (steadyMs < Infinity) this.wait(steadyMs);
  }

  private layered(): [key: string, shown: Shown][] {
    const layerOf = ([, { message }]: [string, Shown]): number => LAYERS.indexOf(message.overlay_type);

    return [...this.newest].sort((a, b) => layerOf(a) - layerOf(b));
  }

  private clear(ctx: CanvasRenderingContext2D): void {
    const { canvas, size } = this;
    const width = Math.round(size.width * devicePixelRatio);
    const height = Math.round(size.height * devicePixelRatio);
    // To set a size empties the canvas and costs as much as a new one.
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    ctx.clearRect(0, 0, canvas.width, canvas.height);
  }

  /** Draws again after this time at the latest. A timer that is due before stays: at video rate there would be one a frame. */
  private wait(ms: number): void {
    const dueAt = performance.now() + ms;
    if (this.timer !== undefined && this.timerAt <= dueAt) return;

    clearTimeout(this.timer);
    this.timerAt = dueAt;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.request();
    }, ms);
  }
}

function sizeOf(picture: ShowOptions['over']): Pick<DrawOptions, 'videoWidth' | 'videoHeight'> {
  if (!picture) return {};

  return 'videoWidth' in picture
    ? { videoWidth: picture.videoWidth, videoHeight: picture.videoHeight }
    : { videoWidth: picture.naturalWidth, videoHeight: picture.naturalHeight };
}
