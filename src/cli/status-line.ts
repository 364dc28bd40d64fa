/** On a terminal the line is drawn anew in place; elsewhere, as in a log, it is a new line now and then. In ms. */
const REDRAW_MS = 100;
const REPEAT_MS = 5_000;
const CLEAR = '\r\x1b[2K';

/** One line on stderr that says how it goes, and keeps out of the way of what else is said there. */
export class StatusLine {
  private readonly timer: NodeJS.Timeout;
  private readonly isLive = process.stderr.isTTY === true;

  constructor(private readonly render: () => string) {
    this.timer = setInterval(() => this.draw(), this.isLive ? REDRAW_MS : REPEAT_MS);
  }

  /** Prints a line that stays. */
  note(line: string): void {
    process.stderr.write(`${this.isLive ? CLEAR : ''}${line}\n`);
  }

  /** Takes the line away for good. */
  close(): void {
    clearInterval(this.timer);
    if (this.isLive) process.stderr.write(CLEAR);
  }

  private draw(): void {
    const line = this.render();
    // A line that wraps could not be drawn over.
    if (this.isLive) process.stderr.write(CLEAR + line.slice(0, (process.stderr.columns || 80) - 1));
    else process.stderr.write(`${line}\n`);
  }
}
