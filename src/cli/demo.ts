import { sourceRule } from '../protocol/rules.js';
import { DEFAULT_URL, parseHubUrl } from './hub-url.js';
import { type Command, parseOptions, positiveNumber, UsageError } from './options.js';
import { backoffMs, pause, stopSignal } from './pause.js';
import { HubAway, Poster } from './poster.js';
import type { HubRequest } from './requests.js';
import { type FrameRequests, frames } from './simulation/frame.js';
import { StatusLine } from './status-line.js';
import { Tally } from './tally.js';

const HELP = `Usage: dogmonitor-hub demo [options]

Posts the life of a simulated dog to the hub, as a detector would: overlays of all types,
telemetry and events, until Ctrl-C. It needs no camera, and waits for a hub that is not there.

Options:
      --url URL       the hub (default ${DEFAULT_URL})
      --fps N         frames a second, 1 to 240 (default 15)
      --seed N        a whole number; the same seed is the same dog (default: a new one)
      --source NAME   the camera's name on each message (default cam-demo)
      --duration S    stop after S seconds (default: never)
  -h, --help          show this help

Exit code: 0, or 1 if any message was refused.
`;

/** Requests under way at once: those of a frame may overtake each other. */
const MAX_SOCKETS = 4;
/** Further behind than this, in ms, the clock is set anew: a laptop that slept does not make up for the night. */
const TOO_FAR_BEHIND_MS = 1_000;

export const demo: Command = {
  help: HELP,
  async run(args) {
    const { values } = parseOptions(args, {
      url: { type: 'string', default: DEFAULT_URL },
      fps: { type: 'string', default: '15' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
      source: { type: 'string', default: 'cam-demo' },
      duration: { type: 'string', default: '' },
    });
    const url = parseHubUrl(values.url);
    const fps = positiveNumber('--fps', values.fps, 240);
    if (fps < 1) throw new UsageError(`--fps must be at least 1, not "${values.fps}"`);
    if (!/^\d{1,10}$/.test(values.seed)) throw new UsageError(`--seed must be a whole number, not "${values.seed}"`);
    const badSource = sourceRule('--source', values.source);
    if (badSource) throw new UsageError(badSource.message);
    const seconds = values.duration === '' ? Infinity : positiveNumber('--duration', values.duration);

    const live = new Demo(url.name, new Poster(url.http, MAX_SOCKETS), fps, stopSignal());
    console.error(`a simulated dog for ${url.name}: seed ${values.seed}, ${fps} frames a second; Ctrl-C ends it`);
    await live.play(frames(Number(values.seed), fps, values.source), Math.max(1, Math.round(seconds * fps)));
    console.log(live.summary());

    return live.tally.refused === 0 ? 0 : 1;
  },
};

/** Sends frames as they come due. What cannot be sent now is dropped: a dashboard wants to see the dog as it is. */
class Demo {
  readonly tally = new Tally();
  private readonly status: StatusLine;
  private shown = 0;
  private dropped = 0;
  private failures = 0;
  private retryAt = 0;

  constructor(
    private readonly hubName: string,
    private readonly poster: Poster,
    private readonly fps: number,
    private readonly stop: AbortSignal,
  ) {
    this.status = new StatusLine(() => `${this.failures > 0 ? `no hub at ${hubName}` : 'live'}: ${this.summary()}`);
  }

  async play(frames: Iterator<FrameRequests, never>, count: number): Promise<void> {
    this.stop.addEventListener('abort', () => this.poster.close(), { once: true });
    const frameMs = 1000 / this.fps;
    let startedAt = performance.now();

    for (let n = 0; n < count && !this.stop.aborted; n++) {
      const aheadMs = startedAt + n * frameMs - performance.now();
      if (aheadMs > 0) await pause(aheadMs, this.stop);
      if (aheadMs < -TOO_FAR_BEHIND_MS) startedAt -= aheadMs;

      const { events, states } = frames.next().value;
      await this.send(events, aheadMs < -frameMs ? [] : states);
    }

    this.status.close();
    this.poster.close();
  }

  summary(): string {
    return this.tally.summary(`${this.shown} frames shown, ${this.dropped} dropped`);
  }

  private async send(events: readonly HubRequest[], states: readonly HubRequest[]): Promise<void> {
    if (this.stop.aborted) return;
    if (states.length === 0 || performance.now() < this.retryAt) this.dropped++;
    if (performance.now() < this.retryAt) return;

    try {
      await Promise.all([...events, ...states].map((request) => this.post(request)));
      if (states.length > 0) this.shown++;
      if (this.failures > 0) this.status.note(`the hub at ${this.hubName} is there`);
      this.failures = 0;
    } catch (error) {
      if (!(error instanceof HubAway)) throw error;
      if (!this.stop.aborted) this.waitForHub(error, states.length > 0);
    }
  }

  private async post(request: HubRequest): Promise<void> {
    const answer = await this.poster.post(request);
    this.tally.count(request, answer, (line) => this.status.note(line));
  }

  private waitForHub({ message }: HubAway, hadStates: boolean): void {
    if (hadStates) this.dropped++;
    if (this.failures++ === 0) {
      this.status.note(`no hub at ${this.hubName} (${message}); waiting for one: npm start`);
    }
    this.retryAt = performance.now() + backoffMs(this.failures);
  }
}
