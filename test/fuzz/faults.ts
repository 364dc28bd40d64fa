import { describeInput, INPUT_CLASSES, inputAt, type InputClass } from './inputs/inputs.js';

/** How many of the last inputs may be to blame where nobody can say which, and how many of them are printed. */
const SUSPECTS = 20_000;
const PRINTED = 12;
/** What was sent this long before a fault, or after it, is not shown, in ms. */
const SUSPECT_MS = 3_000;
const MAX_FAULTS = 20;

export interface Fault {
  /** One line: what does not hold. */
  what: string;
  /** Numbers of the inputs that may have done it, the newest last. */
  suspects: number[];
  /** Whether it is known that it was one of these few. */
  isCertain: boolean;
}

/** Everything that went wrong in a run, with the inputs that may have done it. */
export class Faults {
  readonly all: Fault[] = [];
  private found: () => void = () => undefined;
  /** Resolves when there is one. */
  readonly first = new Promise<void>((resolve) => (this.found = resolve));
  private readonly sent: { index: number; hub: number | undefined; at: number }[] = [];

  constructor(
    private readonly seed: number,
    private readonly classes: readonly InputClass[],
  ) {}

  /** `hub`: who got it; `undefined` where all did, through Redis. */
  noteSent(index: number, hub?: number): void {
    this.sent.push({ index, hub, at: performance.now() });
    if (this.sent.length > 2 * SUSPECTS) this.sent.splice(0, SUSPECTS);
  }

  /**
   * `suspects`: where it is known which inputs it can have been.
   * @param at when it happened, which may be a while ago
   */
  add(what: string, hub?: number, suspects?: readonly number[], at = performance.now()): void {
    if (this.all.length >= MAX_FAULTS || this.all.some((fault) => alike(fault.what) === alike(what))) return;

    const near = this.sent.filter(
      (sent) =>
        Math.abs(at - sent.at) <= SUSPECT_MS && (hub === undefined || sent.hub === undefined || sent.hub === hub),
    );
    const isCertain = suspects !== undefined && suspects.length > 0;
    this.all.push({ what, suspects: isCertain ? [...suspects] : near.map(({ index }) => index), isCertain });
    this.found();
  }

  /** For people: each fault; the inputs before the first one, and how to send them again. */
  report(): string {
    const [first, ...more] = this.all;
    if (!first) return '';

    return [this.describe(first), ...more.map(({ what }) => `also: ${what}`)].join('\n');
  }

  /** `indices`: found to be enough to make it happen again. */
  describeInputs(indices: readonly number[]): string {
    const only = this.classes.length < INPUT_CLASSES.length ? ` --only ${this.classes.join()}` : '';
    const [from = 0, to = 0] = [indices[0], indices.at(-1)];

    return [
      `  again: npm run fuzz -- --seed ${this.seed} --from ${from} --count ${to - from + 1}${only}`,
      ...indices.slice(-PRINTED).map((index) => `  ${describeInput(inputAt(this.seed, index, this.classes))}`),
    ].join('\n');
  }

  private describe({ what, suspects, isCertain }: Fault): string {
    if (suspects.length === 0) return `FAULT: ${what}`;
    const which = isCertain
      ? 'one of these did it'
      : `it came after ${suspects.length} inputs, of which these are the last`;

    return `FAULT: ${what}\n  ${which}\n${this.describeInputs(suspects)}`;
  }
}

/** What is the same fault but for the message it was seen at. */
function alike(what: string): string {
  return what.slice(0, 80).replace(/\d+/g, '');
}
