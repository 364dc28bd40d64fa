/**
 * The frames that wait for one slow client, in publish order: every fact, and of each state only the newest, in the place
 * of the newest.
 */
export class Backlog {
  /** States by their key; facts by a number, which costs nothing beside its place: a stalled client has thousands. */
  private readonly frames = new Map<string | number, Buffer>();
  private nextFact = 0;
  private factBytes = 0;
  private stateBytes = 0;
  /** States that were never sent, since a newer one came or there were too many. */
  conflated = 0;

  /** @param maxBytes of facts, and as much again of states */
  constructor(private readonly maxBytes: number) {}

  get size(): number {
    return this.frames.size;
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

    this.frames.set(this.nextFact++, frame);
    this.factBytes += frame.length;

    return true;
  }

  /** Takes the place of what waits under this key; the oldest states go when there are too many keys. */
  addState(key: string, frame: Buffer): void {
    if (this.remove(key)) this.conflated++;
    this.frames.set(key, frame);
    this.stateBytes += frame.length;

    for (const oldest of this.frames.keys()) {
      if (this.stateBytes <= this.maxBytes || oldest === key) break;
      if (typeof oldest === 'string' && this.remove(oldest)) this.conflated++;
    }
  }

  /** The oldest; it stays until `shift`. */
  first(): Buffer | undefined {
    return this.frames.values().next().value;
  }

  shift(): void {
    const { value: key } = this.frames.keys().next();
    if (key !== undefined) this.remove(key);
  }

  private remove(key: string | number): boolean {
    const frame = this.frames.get(key);
    if (!frame) return false;

    this.frames.delete(key);
    if (typeof key === 'string') this.stateBytes -= frame.length;
    else this.factBytes -= frame.length;

    return true;
  }
}
