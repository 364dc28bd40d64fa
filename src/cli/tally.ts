import type { Answer } from './poster.js';
import type { HubRequest } from './requests.js';

/** Refusals that are told one by one; the rest are only counted. */
const TOLD = 5;

/** What became of the requests of a run. */
export class Tally {
  sent = 0;
  accepted = 0;
  refused = 0;
  /** Sent well after their time. */
  late = 0;
  private readonly startedAt = performance.now();

  /** Counts an answered request, and tells of one that was refused. */
  count({ path }: HubRequest, { isAccepted, status, text }: Answer, tell: (line: string) => void): void {
    this.sent++;
    if (isAccepted) {
      this.accepted++;
      return;
    }

    this.refused++;
    if (this.refused <= TOLD) tell(`refused: ${status} ${path}: ${text}`);
    if (this.refused === TOLD + 1) tell('more were refused; the summary has the count');
  }

  summary(what = `${this.late} late`): string {
    const seconds = ((performance.now() - this.startedAt) / 1000).toFixed(1);

    return `${this.sent} sent, ${this.accepted} accepted, ${this.refused} refused, ${what}, in ${seconds} s`;
  }
}
