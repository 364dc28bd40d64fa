import { clock } from './clock.js';

/** What the messages of this benchmark look like to who parses them. */
interface Message {
  type: string;
  source?: string;
  offset?: string;
  data: { seq?: number; ts?: number; offset?: string };
}

/** When a state came, in ms since the first one, and how old it was then, in ms. */
export type Age = readonly [at: number, age: number];

export interface ReaderReport {
  ages: Age[];
  overlays: number;
  /** The numbers of the events, in the order they came. */
  events: number[];
  /** The newest overlay of each camera that came. */
  newest: Record<string, number>;
  /** The last offset that it may resume from. */
  offset?: string | undefined;
}

/** Reads every message, and keeps what there is to say of it. */
export class Reader {
  private readonly ages: Age[] = [];
  private readonly newest: Record<string, number> = {};
  private overlays = 0;
  private readonly events: number[] = [];
  private offset: string | undefined;
  private beganAt = NaN;
  private onGreeting: (() => void) | undefined;
  /** The first message that is the server's own has come; a server that says nothing at first is never greeted. */
  readonly greeted = new Promise<void>((resolve) => (this.onGreeting = resolve));

  take(text: string): void {
    const { type, source, offset, data } = JSON.parse(text) as Message;
    this.offset = offset ?? (type === 'connection' ? data.offset : undefined) ?? this.offset;
    if (type === 'connection') this.onGreeting?.();
    else if (type === 'event') this.events.push(data.seq ?? -1);
    else if (type === 'overlay') this.takeOverlay(source ?? '', data);
  }

  report(): ReaderReport {
    const { ages, overlays, events, newest, offset } = this;

    return { ages, overlays, events, newest, offset };
  }

  private takeOverlay(source: string, { seq = -1, ts = NaN }: Message['data']): void {
    const now = clock();
    if (Number.isNaN(this.beganAt)) this.beganAt = now;
    this.overlays++;
    this.ages.push([(now - this.beganAt) / 1e6, (now - ts) / 1e6]);
    this.newest[source] = seq;
  }
}
