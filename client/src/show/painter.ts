import type { OverlayMessage, OverlayType } from '../../../src/protocol/messages.js';
import { drawOverlay, type DrawOptions } from '../overlay/draw-overlay.js';
import { steadyMsOf } from '../overlay/freshness.js';
import { OVERLAY_ORDER, OVERLAYS } from '../overlay/overlays.js';
import type { Context2D } from '../overlay/pen.js';
import { OverlaySlots, type Arrival } from './slots.js';

/** Where and how the overlays are drawn: the same in a page and in a worker, so it can be sent to one. */
export interface View extends Omit<DrawOptions, 'now' | 'receivedAt'> {
  /** Of each canvas, in CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly pixelRatio: number;
  /** Whether overlays go with the frames of a video: then many are kept for it. */
  readonly isForVideo: boolean;
}

/** What draws, here or in a worker. */
export interface Painting {
  put(message: OverlayMessage, receivedAt: number): void;
  /** Forgets what is not of these types. */
  retain(types: readonly string[]): void;
  look(view: View): void;
  /** @param frame that the video shows; `undefined` for a live picture */
  show(frame: number | undefined): void;
  /** Ends it, and leaves the canvases empty. */
  stop(): void;
}

/** Between two steps of fading, in ms. */
const FADE_STEP_MS = 50;

/** Draws what is newest in the next frame after something has changed, and else not at all. */
export class Painter implements Painting {
  private readonly slots = new OverlaySlots();
  private readonly layers: readonly Layer[];
  private view: View | undefined;
  private frame: number | undefined;
  private request: number | undefined;
  /** Until time alone will have changed something. */
  private timer: ReturnType<typeof setTimeout> | undefined;
  private timerAt = Infinity;

  /**
   * @param contexts of one canvas for all, or of two: for the ground, and for what is on top of it
   * @param onDrawn gets the frame that is drawn, at each change
   */
  constructor(
    contexts: readonly Context2D[],
    private readonly onDrawn: (frame: number | undefined) => void,
  ) {
    this.layers = contexts.map((context, index) => {
      const name = index === 0 ? 'ground' : 'top';

      return new Layer(
        context,
        OVERLAY_ORDER.filter((type) => contexts.length === 1 || OVERLAYS[type].layer === name),
      );
    });
  }

  put(message: OverlayMessage, receivedAt: number): void {
    this.slots.put(message, receivedAt, this.view?.isForVideo ?? false);
    this.schedule();
  }

  retain(types: readonly string[]): void {
    this.slots.retain(types);
    this.schedule();
  }

  look(view: View): void {
    this.view = view;
    this.schedule();
  }

  show(frame: number | undefined): void {
    this.frame = frame;
    this.schedule();
  }

  stop(): void {
    if (this.request !== undefined) cancelAnimationFrame(this.request);
    clearTimeout(this.timer);
    for (const layer of this.layers) layer.clear();
  }

  // In a hidden page there are no frames: it draws once what is newest when the page is seen again.
  private schedule(): void {
    this.request ??= requestAnimationFrame(() => {
      this.request = undefined;
      this.draw();
    });
  }

  private draw(): void {
    const { view, frame } = this;
    // Its size is told after the first layout, before the browser shows anything.
    if (!view || view.width === 0) return;

    const now = Date.now();
    const isOver = ({ message, receivedAt }: Arrival): boolean =>
      steadyMsOf(message, message.overlay_type, { ...view, now, receivedAt }) === -Infinity;
    this.slots.drop(isOver);
    const picks = this.slots.picks(frame).filter((pick) => !isOver(pick));
    const steadyMs = Math.min(...this.layers.map((layer) => layer.draw(picks, view, now)));
    if (steadyMs < Infinity) this.wait(Math.max(FADE_STEP_MS, steadyMs));
    this.onDrawn(frame);
  }

  /** Draws again after this time at the latest. A timer that is due before stays: at video rate there would be one a frame. */
  private wait(ms: number): void {
    const dueAt = performance.now() + ms;
    if (this.timer !== undefined && this.timerAt <= dueAt) return;

    clearTimeout(this.timer);
    this.timerAt = dueAt;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.schedule();
    }, ms);
  }
}

/** One canvas with the overlays of some types, drawn anew only when something of it has changed. */
class Layer {
  private last: readonly OverlayMessage[] = [];
  private lastView: View | undefined;

  constructor(
    private readonly context: Context2D,
    private readonly types: readonly OverlayType[],
  ) {}

  /** Returns in how many ms time alone will have changed it. @param now in ms since 1970 */
  draw(all: readonly Arrival[], view: View, now: number): number {
    const picks = all.filter(({ message }) => this.types.includes(message.overlay_type));
    const steadyMs = Math.min(
      ...picks.map(({ message, receivedAt }) =>
        steadyMsOf(message, message.overlay_type, { ...view, now, receivedAt }),
      ),
    );
    if (steadyMs > 0 && this.isSame(picks, view)) return steadyMs;

    this.last = picks.map(({ message }) => message);
    this.lastView = view;
    this.prepare(view);
    for (const { message, receivedAt } of picks) drawOverlay(this.context, message, { ...view, now, receivedAt });

    return steadyMs;
  }

  clear(): void {
    const { canvas } = this.context;
    this.context.clearRect(0, 0, canvas.width, canvas.height);
  }

  private isSame(picks: readonly Arrival[], view: View): boolean {
    return (
      view === this.lastView &&
      picks.length === this.last.length &&
      picks.every(({ message }, index) => message === this.last[index])
    );
  }

  /** One backing pixel for each of the screen. To set a size empties the canvas and costs as much as a new one. */
  private prepare({ width, height, pixelRatio }: View): void {
    const { canvas } = this.context;
    const [w, h] = [Math.round(width * pixelRatio), Math.round(height * pixelRatio)];
    if (canvas.width !== w) canvas.width = w;
    if (canvas.height !== h) canvas.height = h;
    this.clear();
  }
}
