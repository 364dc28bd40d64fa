import {
  type ConnectionMessage,
  conflationKeyOf,
  deliveryClassOf,
  type HubMessage,
  type LogFields,
} from '../../src/protocol/messages.js';
import { compareOffsets } from '../../src/protocol/offset.js';
import type { Gap, Recovered } from './types.js';

/**
 * How many ids are remembered: twice what a hub's log and what waits for it hold by default, which is the most that can
 * come again.
 */
const MAX_IDS = 20_000;

/** How many states are remembered, where a snapshot may bring them again. */
const MAX_STATES = 256;

/** What a hub adds to a state that it has kept. */
const AGE = /,"age_ms":\d+\}$/;

/** What a client that resumes is brought first. */
interface CatchUp {
  /** Where the client was. */
  readonly since: string;
  /** The newest offset when the hub greeted: all that comes after it is live. */
  readonly head: string | undefined;
  count: number;
  hasMoved: boolean;
}

/** Where the client is in the log, and what it has had already. */
export class Resume {
  private readonly ids = new Set<string>();
  /** The newest of each key, as JSON. */
  private readonly states = new Map<string, string>();
  private hasBeenGreeted = false;
  private catchUp: CatchUp | undefined;

  /**
   * @param offset what the client had last; `undefined` before it had anything
   * @param hasSnapshots whether each connection begins with states that it may have had
   * @param epoch the generation of the log that the offset is of, as far as known
   */
  constructor(
    public offset: string | undefined,
    private readonly hasSnapshots: boolean,
    public epoch?: string,
  ) {}

  /**
   * Takes the greeting of a new connection.
   * @param asked the offset that the connect asked to go on from
   */
  greet(
    { offset, epoch, head = offset, recovered }: ConnectionMessage['data'],
    asked: string | undefined,
  ): Gap | undefined {
    const isFirst = !this.hasBeenGreeted;
    this.hasBeenGreeted = true;
    // The one before may have ended in the middle of it.
    const { since, count = 0 } = this.catchUp ?? {};
    this.catchUp = undefined;
    // Where it is not known yet, what was asked for may still be right.
    this.epoch = epoch ?? this.epoch;

    if (asked !== undefined && recovered) {
      this.catchUp = { since: since ?? asked, head, count, hasMoved: true };
      return undefined;
    }

    this.offset = offset ?? this.offset;
    return isFirst && asked === undefined ? undefined : { since: asked, until: offset };
  }

  /** Whether the message is new; one that is not must not be delivered. */
  accept(message: HubMessage, text: string): boolean {
    if (deliveryClassOf(message.type) === 'latest') return !this.hasSnapshots || this.acceptState(message, text);

    // A message to this connection alone has neither.
    const { id, offset } = message as Partial<LogFields>;
    const isNew = id === undefined || !this.ids.has(id);
    if (id !== undefined && isNew) remember(this.ids, id);
    if (offset !== undefined) this.move(offset, isNew);

    return isNew;
  }

  /**
   * What was missed, once, when all of it has come. With a filter the message at the head may never come: then all has
   * come when nothing has for a while.
   * @param isQuiet whether some seconds have passed since it was called so before
   */
  takeRecovered(isQuiet = false): Recovered | undefined {
    const { catchUp, offset } = this;
    if (!catchUp) return undefined;

    const { since, head, count, hasMoved } = catchUp;
    const isThere = head !== undefined && offset !== undefined && compareOffsets(offset, head) >= 0;
    if (isQuiet) catchUp.hasMoved = false;
    if (!isThere && (hasMoved || !isQuiet)) return undefined;

    this.catchUp = undefined;
    return { since, count };
  }

  private move(offset: string, isNew: boolean): void {
    const { catchUp } = this;
    if (catchUp && (catchUp.head === undefined || compareOffsets(offset, catchUp.head) <= 0)) {
      catchUp.hasMoved = true;
      if (isNew) catchUp.count++;
    }

    if (this.offset === undefined || compareOffsets(offset, this.offset) > 0) this.offset = offset;
  }

  /** A snapshot brings again what the client had, if nothing newer came meanwhile. */
  private acceptState(message: HubMessage, text: string): boolean {
    const key = conflationKeyOf(message);
    const isKept = 'age_ms' in message;
    const content = isKept ? text.replace(AGE, '}') : text;
    const isNew = !isKept || this.states.get(key) !== content;
    this.states.delete(key);
    this.states.set(key, content);
    if (this.states.size > MAX_STATES) this.states.delete(this.states.keys().next().value ?? '');

    return isNew;
  }
}

/** Adds to the ids, and forgets the oldest when there are too many. */
function remember(ids: Set<string>, id: string): void {
  ids.add(id);
  if (ids.size > MAX_IDS) ids.delete(ids.values().next().value ?? '');
}
