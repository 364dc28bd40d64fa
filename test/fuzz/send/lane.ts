import type { Input } from '../inputs/inputs.js';

const MAX_WAITING = 64;

/** Inputs of one kind for one hub, in order: what holds one lane up holds up no other. */
export class Lane<I extends Input> {
  private readonly waiting: I[] = [];
  private isBusy = false;
  private wake: () => void = () => undefined;

  /** @param sendOne resolves to whether it was sent, when the next one may be */
  constructor(
    private readonly sendOne: (input: I) => Promise<boolean>,
    private readonly onSent: (input: I) => void,
  ) {}

  /** Resolves when there is room for the next one. */
  async add(input: I): Promise<void> {
    this.waiting.push(input);
    if (!this.isBusy) void this.work();
    while (this.waiting.length >= MAX_WAITING) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  /** Resolves when all of them are sent. */
  async empty(): Promise<void> {
    while (this.isBusy) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  /** Sends no more. */
  clear(): void {
    this.waiting.length = 0;
  }

  private async work(): Promise<void> {
    this.isBusy = true;
    for (let input = this.waiting.shift(); input; input = this.waiting.shift()) {
      if (await this.sendOne(input)) this.onSent(input);
      this.wake();
    }
    this.isBusy = false;
    this.wake();
  }
}
