import type { LoggedHeading } from '../../protocol/messages.js';
import type { Publication, Receipt } from '../relay.js';
import { stringBytes } from '../ring.js';

export type LoggedPublication = Publication & { message: LoggedHeading };

/** A logged message on its way into the log. */
export interface Waiting {
  readonly publication: LoggedPublication;
  /** Where it is published when it is in the log. */
  readonly channel: string;
  /** When it is delivered here without the log, in ms of `performance.now`. */
  readonly deadline: number;
  readonly receipt: Promise<Receipt>;
  /** Answers whoever published it; the first call counts. */
  readonly answer: (receipt: Receipt) => void;
  /** Whether it was delivered to the connections here. */
  isDelivered: boolean;
  /** Whether Redis has said that it is in the log. */
  isInLog: boolean;
  /** Whether it was in the log before it was sent. */
  isRepeat?: boolean;
}

/**
 * What was accepted here and has not come back from the log yet, in the order it was published. Bounded by count and
 * bytes; over that the oldest are dropped.
 */
export class Outbox {
  private readonly waiting = new Map<string, Waiting>();
  private bytes = 0;
  /** Messages dropped since the start. */
  dropped = 0;

  constructor(
    private readonly maxCount: number,
    private readonly maxBytes: number,
  ) {}

  get size(): number {
    return this.waiting.size;
  }

  get(id: string): Waiting | undefined {
    return this.waiting.get(id);
  }

  /** Gives those that had to go for it. */
  add(waiting: Waiting): Waiting[] {
    const gone: Waiting[] = [];
    this.waiting.set(waiting.publication.message.id, waiting);
    this.bytes += stringBytes(waiting.publication.json);

    for (const [id, oldest] of this.waiting) {
      if (this.waiting.size <= this.maxCount && (this.bytes <= this.maxBytes || this.waiting.size === 1)) break;
      this.remove(id);
      gone.push(oldest);
    }
    this.dropped += gone.length;

    return gone;
  }

  remove(id: string): Waiting | undefined {
    const waiting = this.waiting.get(id);
    if (!waiting) return undefined;

    this.waiting.delete(id);
    this.bytes -= stringBytes(waiting.publication.json);

    return waiting;
  }

  /** In the order they were published. */
  [Symbol.iterator](): Iterator<Waiting> {
    return this.waiting.values();
  }

  /** The first `count` that are not in the log, as far as known. */
  notInLog(count: number): Waiting[] {
    const found: Waiting[] = [];
    for (const waiting of this.waiting.values()) {
      if (!waiting.isInLog && found.push(waiting) === count) break;
    }

    return found;
  }
}
