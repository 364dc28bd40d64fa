import { DEFAULT_URL, parseHubUrl } from './hub-url.js';
import { type Command, parseOptions, positiveNumber, UsageError } from './options.js';
import { backoffMs, pause, stopSignal } from './pause.js';
import { type Answer, HubAway, Poster } from './poster.js';
import type { HubRequest } from './requests.js';
import { StatusLine } from './status-line.js';
import { Tally } from './tally.js';
import { readTrace, type Trace } from './trace.js';

const HELP = `Usage: dogmonitor-hub replay FILE [options]

Posts the requests of a recorded trace to the hub, in their order and at their own pace.
FILE holds JSON lines: {"at_ms": 5205, "path": "/api/events/broadcast/action", "body": {...}}

Options:
      --url URL      the hub (default ${DEFAULT_URL})
      --speed N      N times as fast; 0.5 is half as fast (default 1)
      --loop         from the start again, until Ctrl-C
      --patience S   seconds to wait for a hub that goes away meanwhile (default 30)
  -h, --help         show this help

Exit code: 0 all accepted, 1 any refused or no hub, 2 not a trace, 130 Ctrl-C.
`;

/** Later than this, in ms, a request counts as late. */
const LATE_MS = 50;
interface ReplayOptions {
  speed: number;
  loop: boolean;
  /** How long a hub that went away is waited for. */
  patienceMs: number;
}

interface Delivery {
  answer: Answer;
  /** When the try began that was answered. */
  sentAt: number;
  /** Tries before it, while the hub was away. */
  failures: number;
}

/** Why a replay is over. */
type End = 'done' | 'stopped' | 'no hub' | 'gone';

export const replay: Command = {
  help: HELP,
  async run(args) {
    const { values, positionals } = parseOptions(
      args,
      {
        url: { type: 'string', default: DEFAULT_URL },
        speed: { type: 'string', default: '1' },
        loop: { type: 'boolean', default: false },
        patience: { type: 'string', default: '30' },
      },
      true,
    );
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) throw new UsageError('replay takes one FILE');
    const url = parseHubUrl(values.url);
    const speed = positiveNumber('--speed', values.speed);
    const patienceMs = 1000 * positiveNumber('--patience', values.patience);
    const trace = await readTrace(file);

    const stop = stopSignal();
    const run = new Replay(trace, new Poster(url.http, 1), stop, { speed, loop: values.loop, patienceMs });
    const end = await run.play();
    if (end === 'no hub') {
      console.error(`no hub at ${url.name}; start one with npm start`);
      return 1;
    }

    if (end === 'gone') console.error(`the hub at ${url.name} did not come back`);
    console.log(run.tally.summary());
    if (end === 'stopped') return Number(stop.reason);
    return end === 'done' && run.tally.refused === 0 ? 0 : 1;
  },
};

/** One run of a trace, from the first request to the end, whatever that is. */
export class Replay {
  readonly tally = new Tally();
  private readonly status: StatusLine;
  private startedAt = performance.now();

  constructor(
    private readonly trace: Trace,
    private readonly poster: Poster,
    private readonly stop: AbortSignal,
    private readonly options: ReplayOptions,
  ) {
    this.status = new StatusLine(() => this.progress());
  }

  async play(): Promise<End> {
    // Not waited for any longer: what is under way fails at once.
    this.stop.addEventListener('abort', () => this.poster.close(), { once: true });

    try {
      return await this.sendAll();
    } finally {
      this.status.close();
      this.poster.close();
    }
  }

  private async sendAll(): Promise<End> {
    for (const { dueMs, request } of schedule(this.trace, this.options)) {
      await this.waitFor(dueMs);
      if (this.stop.aborted) return 'stopped';

      const delivery = await this.deliver(request);
      if (this.stop.aborted) return 'stopped';
      if (!delivery) return this.tally.sent === 0 ? 'no hub' : 'gone';

      const lateMs = delivery.sentAt - this.startedAt - dueMs;
      if (lateMs > LATE_MS) this.tally.late++;
      // After an outage the rest keeps its pace instead of coming all at once.
      if (delivery.failures > 0) this.startedAt += lateMs;
      this.tally.count(request, delivery.answer, (line) => this.status.note(line));
    }

    return 'done';
  }

  /** In steps, since a pause has a longest length. */
  private async waitFor(dueMs: number): Promise<void> {
    for (;;) {
      const leftMs = this.startedAt + dueMs - performance.now();
      if (leftMs <= 0 || this.stop.aborted) return;
      await pause(leftMs, this.stop);
    }
  }

  /** Tries again while the hub is away, unless it was never there. `undefined` means given up. */
  private async deliver(request: HubRequest): Promise<Delivery | undefined> {
    const giveUpAt = performance.now() + this.options.patienceMs;

    for (let failures = 0; ;) {
      const sentAt = performance.now();

      try {
        const answer = await this.poster.post(request);
        if (failures > 0) this.status.note('the hub is back');
        return { answer, sentAt, failures };
      } catch (error) {
        if (!(error instanceof HubAway)) throw error;
        const leftMs = giveUpAt - performance.now();
        if (this.stop.aborted || this.tally.sent === 0 || leftMs <= 0) return undefined;
        if (failures++ === 0) this.status.note(`the hub went away (${error.message}); waiting for it`);
        await pause(Math.min(backoffMs(failures), leftMs), this.stop);
      }
    }
  }

  private progress(): string {
    const { sent, accepted, refused, late } = this.tally;
    const share = this.options.loop ? `${sent} sent` : `${sent} of ${this.trace.length} sent`;

    return `replaying: ${share}, ${accepted} accepted, ${refused} refused, ${late} late`;
  }
}

/** Each request with its time in ms after the start; with `loop` the last one is followed by the first. */
function* schedule(trace: Trace, { speed, loop }: ReplayOptions): Generator<{ dueMs: number; request: HubRequest }> {
  const firstMs = trace[0].atMs;
  const lengthMs = (trace.at(-1)?.atMs ?? firstMs) - firstMs;
  // From the last to the first again it takes as long as between two on the average.
  const roundMs = lengthMs > 0 ? lengthMs + lengthMs / (trace.length - 1) : 1_000;

  for (let round = 0; round === 0 || loop; round++) {
    for (const { atMs, path, body } of trace) {
      yield { dueMs: (round * roundMs + atMs - firstMs) / speed, request: { path, body } };
    }
  }
}
