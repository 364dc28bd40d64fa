/** Smallest window, in bytes: less would leave a fast link idle between receipts. */
const MIN_BYTES = 16 * 1024;

/**
 * Smallest window of a client that keeps up, in bytes. Near by: little, since a browser that is about to stall answers like
 * one that keeps up, but enough for receipts to be rare. Far away: enough for 4 KB at 60/s over a round trip of 200 ms.
 */
const KEEPING_UP_NEAR_BYTES = 32 * 1024;
const KEEPING_UP_FAR_BYTES = 64 * 1024;

/** How much longer than its best a round trip may take while a client keeps up, in ms. */
const KEEPING_UP_MS = 50;

/** The same in a storm of facts, which keeps this process busy too, in ms. */
const STORM_MS = 200;

/**
 * How much longer than its best a page that keeps up may take to tell what it has handled, in ms: it tells every 50 ms at
 * most, and may be late by a frame.
 */
const HANDLING_MS = 75;

/** Largest window, in bytes. */
const MAX_BYTES = 4 * 1024 * 1024;

/** For how long, on top of the round trip, a client may have something to read, in s: a message gets about as old. */
const SLACK_S = 0.1;

/**
 * The same for a client that keeps up, as far as that is no more than so many bytes: it reads at once what it gets, and
 * at high rates receipts are rarer.
 */
const KEEPING_UP_SLACK_S = 0.2;
const KEEPING_UP_SLACK_BYTES = 256 * 1024;

/** How much more than the client has read lately it may get, so that it can become faster. */
const GAIN = 1.5;

/** The first receipt is asked for behind this many bytes: with little on the way it shows the true round trip. */
const FIRST_MARK_BYTES = 1024;

/** A client with such a round trip, in ms, is far away; receipts are asked for more often, for the window not to fill meanwhile. */
const FAR_MS = 20;

/**
 * Behind which part of the window a receipt is asked for, and by how much that varies: connections get the same bytes at
 * the same moment, and their receipts are to be spread over time. Each costs as much as three writes, so a client near by
 * is asked rarely.
 */
const MARK_NEAR = 0.65;
const MARK_FAR = 0.125;
const MARK_SPREAD = 0.25;

/** Over which time a delivery rate is measured, in ms, and how much of it goes into the mean. */
const SAMPLE_MS = 200;
const SAMPLE_SHARE = 0.5;

/** A receipt on its way. */
interface Mark {
  /** All bytes written when it left. */
  readonly written: number;
  /** What of it was unread then. */
  readonly unread: number;
  /** The bytes since the mark before. */
  readonly bytes: number;
  readonly at: number;
}

/** What waits for room at the client of a window. */
interface Waiting {
  isHeldBack: boolean;
  hasFacts: boolean;
}

const NOTHING: Waiting = { isHeldBack: false, hasFacts: false };

/**
 * How much of what was written to a client it has really read, and how much more it may get. The kernel takes megabytes
 * for a client that reads nothing, so only a receipt counts: the answer to a ping that was sent behind the bytes. All
 * sizes are in bytes, all times in ms of a clock that is never set.
 */
export class Window {
  /** All bytes written once the room is used up. */
  private writtenWithRoom = 0;
  /** How many bytes may be written without looking any further: no mark is due, and all fits. */
  private room = 0;
  private read = 0;
  /** What was written when the last mark left. */
  private marked = 0;
  /** The oldest first. Emptied in place: an array that was given up would carry its marks into the old space of the heap. */
  private readonly marks: Mark[] = [];
  /** Mean delivery rate, in bytes a second; 0 until it is known. */
  private rate = 0;
  /** Least size while facts wait for a client that reads at once; it doubles with each receipt. */
  private storm = 0;
  /** The best round trip so far, in ms. Never forgotten: a worse one may be of our own making. */
  private bestRoundTrip = Infinity;
  private isKeepingUp = true;
  /** When the sample under way began, and what was read then. */
  private sampledAt = 0;
  private sampledRead = 0;
  private nextMarkAt = FIRST_MARK_BYTES;
  /** As much as a page that was late handles in time; no bound for one that keeps up. */
  private handled = Infinity;

  /**
   * @param isMarkedAlways whether each write has a mark: where the page tells what it has handled, marks cost nothing, and
   *   how long the oldest has waited says at once whether it keeps up. No least size then: for a page that takes long for
   *   a message, a few KB of small ones are seconds. Once it was late, it has as much as it handles in time.
   */
  constructor(private readonly isMarkedAlways = false) {}

  /**
   * Takes the room for so many bytes where that is known, and they count as written. With a thousand clients what is not
   * touched for each of them is what makes it fast. A write, a receipt and the question whether something fits end what is
   * known, so nothing takes room while something else waits for it.
   */
  take(bytes: number): boolean {
    if (bytes > this.room) return false;

    this.room -= bytes;
    return true;
  }

  /** Makes known how much room there is; only for one for whom nothing waits. */
  makeRoom(): void {
    if (this.isMarkedAlways) return;

    const { written } = this;
    const until = Math.min(this.read + this.size, this.nextMarkAt - 1);
    this.room = Math.max(0, Math.floor(until - written));
    this.writtenWithRoom = written + this.room;
  }

  /** Written, and not known to be read. */
  get unread(): number {
    return this.written - this.read;
  }

  /** How much may be unread. */
  get size(): number {
    if (!this.isMarkedAlways) return this.readable();
    if (this.handled === Infinity && this.isLate) return 0;

    return Math.min(this.handled, this.readable());
  }

  /** In bytes a second; 0 until it is known. */
  get deliveryRate(): number {
    return Math.round(this.rate);
  }

  /** In ms; `undefined` until it is known. */
  get roundTrip(): number | undefined {
    return this.bestRoundTrip === Infinity ? undefined : this.bestRoundTrip;
  }

  /** Whether enough was written behind the last mark for another one. */
  get isMarkDue(): boolean {
    return this.isMarkedAlways || this.written >= this.nextMarkAt;
  }

  /** Whether a receipt is on its way. */
  get isWaiting(): boolean {
    return this.marks.length > 0;
  }

  /** Whether there is room for so much. */
  fits(bytes: number): boolean {
    this.settle();

    return this.unread + bytes <= this.size;
  }

  /** Whether one message may go: it fits, or nothing is unread, so that one larger than the window goes too. */
  admits(bytes: number): boolean {
    return this.fits(bytes) || this.unread === 0;
  }

  wrote(bytes: number): void {
    this.settle();
    this.writtenWithRoom += bytes;
  }

  /** What asks for a receipt leaves, behind all that was written. Returns the mark that the receipt brings back. */
  mark(now: number): number {
    if (this.sampledAt === 0) this.beginSample(now);
    const { written, unread } = this;
    this.marks.push({ written, unread, bytes: written - this.marked, at: now });
    this.marked = written;
    if (this.isMarkedAlways) return this.written;

    const part = this.isNear ? MARK_NEAR : MARK_FAR;
    this.nextMarkAt = this.written + this.size * part * (1 + MARK_SPREAD * (2 * Math.random() - 1));

    return this.written;
  }

  /**
   * All before this mark was read. A mark that is not on its way changes nothing. Returns whether it was.
   * @param waiting whether something waits for room, and whether facts do
   */
  receipt(mark: number, now: number, { isHeldBack, hasFacts }: Waiting = NOTHING): boolean {
    const index = this.marks.findIndex(({ written }) => written === mark);
    const found = this.marks[index];
    if (!found) return false;

    this.settle();
    this.marks.splice(0, index + 1);
    this.read = found.written;
    const roundTrip = Math.max(now - found.at, 0.1);
    this.bestRoundTrip = Math.min(this.bestRoundTrip, roundTrip);
    this.isKeepingUp = !isHeldBack && roundTrip <= this.bestRoundTrip + KEEPING_UP_MS;
    // Facts are sent in any case; a storm of them fills the queue in 50 ms. Not to a page that says what it has handled: there
    // a few messages are the whole age of the next overlay.
    const isQuick = !this.isMarkedAlways && roundTrip <= this.bestRoundTrip + STORM_MS;
    this.storm = isQuick && hasFacts ? Math.max(this.storm, 2 * found.unread) : 0;
    this.measure(now);
    this.follow(found, roundTrip, isHeldBack);

    return true;
  }

  /** What a client reads in time, at the rate it has read lately. */
  private readable(): number {
    const smallest = Math.min(MAX_BYTES, Math.max(this.smallest(), this.storm));
    if (this.rate === 0) return smallest;

    const slack = GAIN * this.rate * SLACK_S;
    const inFlight = GAIN * this.rate * (this.bestRoundTrip / 1000);
    return Math.min(MAX_BYTES, Math.max(smallest, inFlight + Math.max(slack, this.keepingUpSlack())));
  }

  private get written(): number {
    return this.writtenWithRoom - this.room;
  }

  private settle(): void {
    this.writtenWithRoom = this.written;
    this.room = 0;
  }

  private get isNear(): boolean {
    return this.bestRoundTrip < FAR_MS;
  }

  /** Whether the page has had the oldest message for too long, and is better given no more. */
  private get isLate(): boolean {
    const [oldest] = this.marks;

    return oldest !== undefined && performance.now() - oldest.at > this.bestRoundTrip + HANDLING_MS;
  }

  private smallest(): number {
    if (!this.isKeepingUp && !this.isMarkedAlways) return MIN_BYTES;

    return this.isNear ? KEEPING_UP_NEAR_BYTES : KEEPING_UP_FAR_BYTES;
  }

  private keepingUpSlack(): number {
    const isAsked = this.isKeepingUp && !this.isMarkedAlways;

    return isAsked ? Math.min(KEEPING_UP_SLACK_BYTES, GAIN * this.rate * KEEPING_UP_SLACK_S) : 0;
  }

  /** How much it would have handled in time, counted with one message more: that one keeps it at work meanwhile. */
  private follow({ unread, bytes }: Mark, roundTrip: number, isHeldBack: boolean): void {
    const inTime = this.bestRoundTrip + HANDLING_MS;
    const handled = ((unread + bytes) * inTime) / roundTrip;
    if (roundTrip > inTime) this.handled = handled;
    else this.handled = isHeldBack ? Math.max(this.handled, handled) : Infinity;
  }

  private measure(now: number): void {
    const elapsed = now - this.sampledAt;
    if (elapsed < SAMPLE_MS) return;

    const rate = ((this.read - this.sampledRead) * 1000) / elapsed;
    this.rate = this.rate === 0 ? rate : this.rate + (rate - this.rate) * SAMPLE_SHARE;
    this.beginSample(now);
  }

  private beginSample(now: number): void {
    this.sampledAt = now;
    this.sampledRead = this.read;
  }
}
