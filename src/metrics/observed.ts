import type { MessageKind } from '../protocol/messages.js';

export type ByKind = Readonly<Record<MessageKind, number>>;

/** What there is to see of an instance. Numbers only go up, but those that are said to be of now. */
export interface Observation {
  /** Messages published at this instance. */
  published: ByKind;
  /** Messages that came to the connections of this instance, wherever they were published. */
  broadcast: ByKind;
  /** Connections of now, by transport. */
  open: Readonly<Record<string, number>>;
  /** Connections that came, by transport. */
  accepted: Readonly<Record<string, number>>;
  /** Connections that ended, by close code; of few different codes, whatever clients do. */
  closed: ReadonlyMap<string, number>;
  /** Connections that the hub gave up, by cause; of few different ones. */
  evicted: Readonly<Record<string, number>>;
  /** Connections that were not let in, by cause; of few different ones. */
  refused: Readonly<Record<string, number>>;
  /** How often a connection was not read for a while, since it sent too much. */
  throttled: number;
  /** Messages written to connections. */
  sent: number;
  /** States that were not written, since a newer one came. */
  conflated: number;
  /** Connections of now for which something waits. */
  heldBack: number;
  /** Bytes of now that wait in this process. */
  queuedBytes: number;
  /** HTTP requests that were refused and connections that were cut, by one of few reasons. */
  refusedHttp: Readonly<Record<string, number>>;
  /** HTTP answers of now of which a part waits for the client to read it. */
  unreadAnswers: number;
  /** Bytes of now that were written and are not known to have been read. */
  unreadBytes: number;
}

/** Where the numbers are. The metrics say what they need and know nobody who has it: `app.module.ts` brings the two together. */
export abstract class Observed {
  /** Asked at each scrape, and at no other time. */
  abstract look(): Observation;
}
