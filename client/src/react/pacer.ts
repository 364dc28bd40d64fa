/** Of a screen with 60 frames a second, in ms: for where there are no frames. */
const FRAME_MS = 16;

/**
 * Runs something soon, but no more often than so many times a second, and at most once a frame. While nobody sees the page
 * there are no frames, and it waits.
 */
export class Pacer {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private frame: number | undefined;
  private ranAt = -Infinity;

  /** @param hz most runs a second; `Infinity` is every frame */
  constructor(
    private readonly hz: number,
    private readonly run: () => void,
  ) {}

  request(): void {
    if (this.timer !== undefined || this.frame !== undefined) return;

    const waitMs = this.ranAt + 1000 / this.hz - performance.now();
    if (waitMs <= FRAME_MS) this.awaitFrame();
    else
      this.timer = setTimeout(() => {
        this.timer = undefined;
        this.awaitFrame();
      }, waitMs - FRAME_MS);
  }

  cancel(): void {
    clearTimeout(this.timer);
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
    this.timer = this.frame = undefined;
  }

  private awaitFrame(): void {
    const act = (): void => {
      this.timer = this.frame = undefined;
      this.ranAt = performance.now();
      this.run();
    };

    if (typeof requestAnimationFrame === 'function') this.frame = requestAnimationFrame(act);
    else this.timer = setTimeout(act, FRAME_MS);
  }
}
