import { MAX_SNAPSHOT_KEYS } from '../protocol/limits.js';
import type { SendBudget } from './send-budget.js';

/** What waiting costs beside the bytes of a frame, in bytes: a place in an array. */
export const FACT_COST = 16;

/** The same for a frame that no other connection has: its buffer. Counts in the budget of all, not in the bound of one. */
export const OWN_COST = 256;

/** The same for a state: its place, and itself in a map. */
export const STATE_COST = 160;

/** A state that waits. A newer one of its key changes it, and puts it at the end of the line. */
interface State {
  readonly key: string;
  frame: Buffer;
  /** How many facts had come to this backlog before it. */
  behind: number;
  /** Where in the line it is. */
  place: number;
}

/** So many facts that have gone are cleared away at once. */
const CLEAR_AFTER = 512;

/** A line that is not longer than this may have more gaps than states. */
const SHORT_LINE = 16;

/** The states that wait: by key, and in a line with the oldest first and a gap where one has gone. */
class States {
  private readonly byKey = new Map<string, State>();
  private readonly line: (State | undefined)[] = [];
  private first = 0;

  get(key: string): State | undefined {
    return this.byKey.get(key);
  }

  get size(): number {
    return this.byKey.size;
  }

  get oldest(): State | undefined {
    while (this.first < this.line.length && !this.line[this.first]) this.first++;

    return this.line[this.first];
  }

  /** Puts it at the end of the line, wherever it was. Nothing is allocated for one that was there: that goes on for hours. */
  push(state: State): void {
    if (this.byKey.has(state.key)) this.line[state.place] = undefined;
    else this.byKey.set(state.key, state);
    state.place = this.line.push(state) - 1;

    if (this.line.length > Math.max(SHORT_LINE, 2 * this.byKey.size)) this.closeGaps();
  }

  delete(state: State): void {
    this.line[state.place] = undefined;
    this.byKey.delete(state.key);
  }

  private closeGaps(): void {
    let place = 0;
    for (const state of this.line) {
      if (!state) continue;
      state.place = place;
      this.line[place++] = state;
    }

    this.line.length = place;
    this.first = 0;
  }
}

/**
 * The frames that wait for one slow client, in publish order: every fact, and of each state only the newest, in the place
 * of the newest. A stalled client has thousands of facts, so each costs no more than its place in an array; a client that
 * keeps up has neither facts nor states.
 */
export class Backlog {
  private facts: (Buffer | undefined)[] | undefined;
  /** Where in `facts` the oldest is. */
  private firstFact = 0;
  /** How many facts have come and gone. */
  private goneFacts = 0;
  private states: States | undefined;
  /** The facts that no other connection has. */
  private own: Set<Buffer> | undefined;
  private factBytes = 0;
  private stateBytes = 0;
  /** What it costs this process, in bytes: the frames that all connections share are held anyway. */
  cost = 0;
  /** States that were never sent, since a newer one came or there were too many. */
  conflated = 0;

  /**
   * @param maxBytes of facts, and as much again of states; what each costs beside its frame is counted. There are no more
   *   states than the hub keeps itself
   */
  constructor(
    private readonly maxBytes: number,
    private readonly budget: SendBudget,
  ) {}

  get isEmpty(): boolean {
    return this.bytes === 0;
  }

  get bytes(): number {
    return this.factBytes + this.stateBytes;
  }

  get hasFacts(): boolean {
    return this.factBytes > 0;
  }

  /**
   * Returns `false` when there is no room: this client must resume later.
   * @param isOwn whether no other connection has this frame
   */
  addFact(frame: Buffer, isOwn = false): boolean {
    const bytes = frame.length + FACT_COST;
    if (this.factBytes > 0 && this.factBytes + bytes > this.maxBytes) return false;

    (this.facts ??= []).push(frame);
    if (isOwn) (this.own ??= new Set()).add(frame);
    this.factBytes += bytes;
    this.pay(isOwn ? frame.length + OWN_COST : FACT_COST);

    return true;
  }

  /** Takes the place of what waits under this key; the oldest states go when there are too many keys. */
  addState(key: string, frame: Buffer): void {
    const states = (this.states ??= new States());
    const behind = this.goneFacts + this.waitingFacts;
    let state = states.get(key);
    if (state) {
      this.conflated++;
      this.stateBytes -= state.frame.length;
      state.frame = frame;
      state.behind = behind;
    } else {
      state = { key, frame, behind, place: 0 };
      this.stateBytes += STATE_COST;
      this.pay(STATE_COST);
    }
    states.push(state);
    this.stateBytes += frame.length;

    while (this.stateBytes > this.maxBytes || states.size > MAX_SNAPSHOT_KEYS) {
      const { oldest } = states;
      if (!oldest || oldest === state) return;
      this.removeState(oldest);
      this.conflated++;
    }
  }

  /** The oldest; it stays until `shift`. */
  first(): Buffer | undefined {
    return this.nextState?.frame ?? this.facts?.[this.firstFact];
  }

  shift(): void {
    const { nextState } = this;

    if (nextState) this.removeState(nextState);
    else this.shiftFact();
  }

  /** Gives up all that waits. */
  clear(): void {
    this.goneFacts += this.waitingFacts;
    this.facts = undefined;
    this.firstFact = 0;
    this.states = undefined;
    this.own = undefined;
    this.factBytes = 0;
    this.stateBytes = 0;
    this.pay(-this.cost);
  }

  private pay(bytes: number): void {
    this.cost += bytes;
    this.budget.add(bytes);
  }

  private get waitingFacts(): number {
    return (this.facts?.length ?? 0) - this.firstFact;
  }

  /** The oldest state, if no fact is older. */
  private get nextState(): State | undefined {
    const oldest = this.states?.oldest;

    return oldest && oldest.behind <= this.goneFacts ? oldest : undefined;
  }

  private shiftFact(): void {
    const { facts } = this;
    const frame = facts?.[this.firstFact];
    if (!facts || !frame) return;

    facts[this.firstFact++] = undefined;
    this.goneFacts++;
    const isOwn = this.own?.delete(frame) ?? false;
    this.factBytes -= frame.length + FACT_COST;
    this.pay(isOwn ? -frame.length - OWN_COST : -FACT_COST);
    if (this.factBytes > 0 && this.firstFact < CLEAR_AFTER) return;

    this.facts = this.factBytes > 0 ? facts.slice(this.firstFact) : undefined;
    this.firstFact = 0;
  }

  private removeState(state: State): void {
    this.states?.delete(state);
    this.stateBytes -= state.frame.length + STATE_COST;
    this.pay(-STATE_COST);
    if (this.stateBytes === 0) this.states = undefined;
  }
}
