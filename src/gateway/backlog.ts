/** A state that waits. */
interface State {
  readonly key: string;
  readonly frame: Buffer;
  /** How many facts had come to this backlog before it. */
  readonly behind: number;
}

/** So many facts that have gone are cleared away at once. */
const CLEAR_AFTER = 512;

/**
 * The frames that wait for one slow client, in publish order: every fact, and of each state only the newest, in the place
 * of the newest. A stalled client has thousands of facts, so each costs no more than its place in an array; a client that
 * keeps up has neither array nor map.
 */
export class Backlog {
  private facts: (Buffer | undefined)[] | undefined;
  /** Where in `facts` the oldest is. */
  private firstFact = 0;
  /** How many facts have come and gone. */
  private goneFacts = 0;
  /** By key; the oldest first. */
  private states: Map<string, State> | undefined;
  private factBytes = 0;
  private stateBytes = 0;
  /** States that were never sent, since a newer one came or there were too many. */
  conflated = 0;

  /** @param maxBytes of facts, and as much again of states */
  constructor(private readonly maxBytes: number) {}

  get isEmpty(): boolean {
    return this.bytes === 0;
  }

  get bytes(): number {
    return this.factBytes + this.stateBytes;
  }

  get hasFacts(): boolean {
    return this.factBytes > 0;
  }

  /** Returns `false` when there is no room: this client must resume later. */
  addFact(frame: Buffer): boolean {
    if (this.factBytes > 0 && this.factBytes + frame.length > this.maxBytes) return false;

    (this.facts ??= []).push(frame);
    this.factBytes += frame.length;

    return true;
  }

  /** Takes the place of what waits under this key; the oldest states go when there are too many keys. */
  addState(key: string, frame: Buffer): void {
    const states = (this.states ??= new Map<string, State>());
    if (this.removeState(key)) this.conflated++;
    states.set(key, { key, frame, behind: this.goneFacts + this.waitingFacts });
    this.stateBytes += frame.length;

    for (const oldest of states.keys()) {
      if (this.stateBytes <= this.maxBytes || oldest === key) break;
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

    if (nextState) this.removeState(nextState.key);
    else this.shiftFact();
  }

  private get waitingFacts(): number {
    return (this.facts?.length ?? 0) - this.firstFact;
  }

  /** The oldest state, if no fact is older. */
  private get nextState(): State | undefined {
    const oldest = this.states?.values().next().value;

    return oldest && oldest.behind <= this.goneFacts ? oldest : undefined;
  }

  private shiftFact(): void {
    const { facts } = this;
    const frame = facts?.[this.firstFact];
    if (!facts || !frame) return;

    facts[this.firstFact++] = undefined;
    this.goneFacts++;
    this.factBytes -= frame.length;
    if (this.factBytes > 0 && this.firstFact < CLEAR_AFTER) return;

    this.facts = this.factBytes > 0 ? facts.slice(this.firstFact) : undefined;
    this.firstFact = 0;
  }

  private removeState(key: string): boolean {
    const state = this.states?.get(key);
    if (!state) return false;

    this.states?.delete(key);
    this.stateBytes -= state.frame.length;

    return true;
  }
}
