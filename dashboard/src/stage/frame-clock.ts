/** Frames a second of most videos: a measured rate that is close to one is that one. */
const USUAL_RATES = [24_000 / 1001, 24, 25, 30_000 / 1001, 30, 50, 60_000 / 1001, 60, 120] as const;
const CLOSE = 0.002;

/** Frames that are looked at before a rate is believed. */
const MIN_FRAMES = 8;

/** Finds out which frame of its video is shown, from the times of the frames: a video does not tell its rate. */
export class FrameClock {
  /** Frames a second, as far as known. */
  rate = 30;
  /** The number of the frame that is shown, from 0; `undefined` before the first one. */
  frame: number | undefined;
  private lastTime: number | undefined;
  private seen = 0;
  private shortest = Infinity;

  /** @param mediaTime of the frame that is shown now, in seconds */
  show(mediaTime: number): void {
    const step = this.lastTime === undefined ? 0 : mediaTime - this.lastTime;
    this.lastTime = mediaTime;

    // A frame that was skipped, or a seek, is longer than a frame.
    if (step > 0.004) {
      this.seen++;
      this.shortest = Math.min(this.shortest, step);
      if (this.seen >= MIN_FRAMES) this.rate = usualRate(1 / this.shortest);
    }
    this.frame = Math.round(mediaTime * this.rate);
  }
}

function usualRate(rate: number): number {
  const distance = (usual: number): number => Math.abs(usual - rate) / usual;
  const nearest = USUAL_RATES.reduce((best, usual) => (distance(usual) < distance(best) ? usual : best));

  return distance(nearest) < CLOSE ? nearest : rate;
}
