import { comparePlaces, type Place } from './entry.js';

const RETRY_MS = 2_000;

/**
 * Fills what may be missing between a place and now: once at a time, and again until it has worked. Where the hub is not
 * there, the next call goes on with it.
 */
export class CatchUp {
  private pending: { known: Place | undefined } | undefined;
  private isRunning = false;

  /** @param fill brings everything after this place; from the beginning where there is none */
  constructor(
    private readonly fill: (known: Place | undefined) => Promise<void>,
    private readonly onFail: () => void,
    private readonly isHubThere: () => boolean,
  ) {}

  from(known: Place | undefined): void {
    this.pending = { known: this.pending ? older(this.pending.known, known) : known };
    if (!this.isRunning) void this.run();
  }

  private async run(): Promise<void> {
    this.isRunning = true;

    while (this.pending) {
      const { known } = this.pending;
      this.pending = undefined;
      try {
        await this.fill(known);
      } catch {
        this.from(known);
        this.onFail();
        if (!this.isHubThere()) break;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }

    this.isRunning = false;
  }
}

/** `undefined` is the beginning. */
function older(a: Place | undefined, b: Place | undefined): Place | undefined {
  return a && b && (comparePlaces(a, b) < 0 ? a : b);
}
