/** Frames a second of most videos: a measured rate that is close to one is that one. */
const USUAL_RATES = [24_000 / 1001, 24, 25, 30_000 / 1001, 30, 50, 60_000 / 1001, 60, 120] as const;
const CLOSE = 0.002;
/** How exact the time of a frame is, in seconds: some files tell whole milliseconds. */
const EXACT_S = 0.001;

/** Frames that are looked at before a rate is believed, and at most. */
const MIN_STEPS = 8;
const MAX_STEPS = 120;
/** Of what is longer, in seconds, the video was not played but moved. */
const MAX_STEP_S = 0.5;

/** Finds out which frame of its video is shown, from the times of the frames: a video does not tell its rate. */
export class FrameClock {
  /** Frames a second; `undefined` until enough of them were seen. */
  rate: number | undefined;
  private mediaTime = 0;
  private decoded: number | undefined;
  /** How long each step from one shown frame to the next was, in seconds, and how many frames were decoded meanwhile. */
  private readonly steps: { lengthS: number; decoded: number }[] = [];

  /** The number of the frame that is shown, from 0; `undefined` while the rate is not known. */
  get frame(): number | undefined {
    return this.rate === undefined ? undefined : Math.round(this.mediaTime * this.rate);
  }

  /**
   * @param mediaTime of the frame that is shown now, in seconds
   * @param decoded how many frames the video has decoded so far, those too that were never shown
   */
  show(mediaTime: number, decoded: number): void {
    const step = { lengthS: mediaTime - this.mediaTime, decoded: decoded - (this.decoded ?? decoded) };
    const isFirst = this.decoded === undefined;
    this.mediaTime = mediaTime;
    this.decoded = decoded;
    if (isFirst || step.lengthS < 2 * EXACT_S || step.lengthS > MAX_STEP_S) return;

    this.steps.push(step);
    if (this.steps.length > MAX_STEPS) this.steps.shift();
    if (this.steps.length >= MIN_STEPS) this.rate = this.measure();
  }

  private measure(): number {
    const lengthS = sum(this.steps.map((step) => step.lengthS));
    const decoded = sum(this.steps.map((step) => step.decoded));
    const shortest = Math.min(...this.steps.map((step) => step.lengthS));
    // A machine that is too busy may skip frames each time: then even the shortest step is of two frames.
    const framesOfShortest = Math.max(1, Math.round((decoded / lengthS) * shortest));
    const frames = sum(this.steps.map((step) => Math.round((step.lengthS / shortest) * framesOfShortest)));

    return usualRate(frames / lengthS, Math.max(CLOSE, EXACT_S / lengthS));
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function usualRate(rate: number, close: number): number {
  const distance = (usual: number): number => Math.abs(usual - rate) / usual;
  const nearest = USUAL_RATES.reduce((best, usual) => (distance(usual) < distance(best) ? usual : best));

  return distance(nearest) < close ? nearest : rate;
}
