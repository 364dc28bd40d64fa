/** Readiness, too many connections, and the end of a hub: all else with a status from 500 on is a fault of the hub. */
const DOCUMENTED_503 = /^HTTP\/1\.1 503 [^]*?(retry-after:|"relay":)/i;
/** How much of an answer tells what it is, in characters. */
const ENOUGH = 1_000;

/** Finds the answers in what an HTTP connection brings, whatever was asked. */
export class StatusScanner {
  private text = '';

  /** @param onAnswer gets each status, and what is wrong with it */
  constructor(private readonly onAnswer: (status: number, complaint: string | undefined) => void) {}

  read(chunk: Buffer): void {
    this.text += chunk.toString('latin1');
    this.scan(false);
  }

  /** Nothing more comes. */
  end(): void {
    this.scan(true);
  }

  private scan(isEnd: boolean): void {
    const found = /HTTP\/1\.1 (\d{3}) /g;

    for (let match = found.exec(this.text); match; match = found.exec(this.text)) {
      const status = Number(match[1]);
      const answer = this.text.slice(match.index, match.index + ENOUGH);
      if (status >= 500 && !isEnd && answer.length < ENOUGH && !DOCUMENTED_503.test(answer)) {
        this.text = this.text.slice(match.index);
        return;
      }
      const isFault = status >= 500 && !DOCUMENTED_503.test(answer);
      this.onAnswer(status, isFault ? answer.slice(0, 400) : undefined);
      this.text = this.text.slice(match.index + match[0].length);
      found.lastIndex = 0;
    }
    this.text = this.text.slice(-16);
  }
}
