/** What a client may send in the long run, in units a second: a frame is one, and so is each KiB. Honest ones send some 20. */
const UNITS_A_SECOND = 1_000;

/** What it may send at once. */
const BURST_UNITS = 4_000;

const UNIT_BYTES = 1024;

/** A client that sent so much more is no honest one. */
const FLOOD_UNITS = 8_000;

/** Least time of a pause, in ms. */
const PAUSE_MS = 100;

/** What is read from. */
interface Source {
  pause(): void;
  resume(): void;
}

/**
 * How much a client may send. It is a token bucket: a client that is over it is not read for a while, so that its frames
 * cost the others nothing, and one that does not stop is to be closed.
 */
export class FrameBudget {
  /** How often the client was not read for a while. */
  pauses = 0;
  private units = BURST_UNITS;
  private at = performance.now();
  /** What it sent since it was first over its budget; it begins anew when half of the burst is there again. */
  private over = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly source: Source) {}

  /** Takes what a frame costs. Returns whether the client may stay. */
  charge(bytes: number): boolean {
    const cost = 1 + bytes / UNIT_BYTES;
    this.refill();
    this.units -= cost;
    if (this.units >= 0) return true;

    this.over += cost;
    this.source.pause();
    if (this.over >= FLOOD_UNITS) return false;
    if (!this.timer) {
      this.pauses++;
      this.rest();
    }

    return true;
  }

  /** Gives back what a frame without length costs: it was one that the hub has a bound for. */
  refund(): void {
    this.units++;
  }

  /** Nothing is read any more. */
  stop(): void {
    clearTimeout(this.timer);
  }

  /** What came before the pause is still being read, so it may take more than one. */
  private rest(): void {
    const pauseMs = Math.max(PAUSE_MS, (-this.units * 1000) / UNITS_A_SECOND);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.at = performance.now();
      this.add(pauseMs);
      if (this.units < 0) this.rest();
      else this.source.resume();
    }, pauseMs);
  }

  private refill(): void {
    if (this.timer) return;

    const now = performance.now();
    this.add(now - this.at);
    this.at = now;
    if (this.units > BURST_UNITS / 2) this.over = 0;
  }

  private add(ms: number): void {
    this.units = Math.min(BURST_UNITS, this.units + (ms * UNITS_A_SECOND) / 1000);
  }
}
