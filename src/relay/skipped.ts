import { Logger } from '@nestjs/common';

/** How often at most the log tells of what is skipped, in ms. */
const TELL_MS = 60_000;

/** Longest detail in a line of the log, in characters. */
const MAX_DETAIL = 120;

/**
 * Why something that came from outside was left out:
 *
 * - `json`: it is not a JSON object
 * - `size`: it is larger than a message may be
 * - `rules`: it breaks a rule that a POST must keep
 * - `entry`: an entry of the log that no hub wrote
 * - `future`: its time is ahead of the clock of Redis
 * - `forged`: it says that it is of a hub, and is not
 * - `other_log`: a hub of another log on the same Redis sent it
 * - `record`: what an instance tells of itself is not of the form that hubs use
 */
const REASONS = ['json', 'size', 'rules', 'entry', 'future', 'forged', 'other_log', 'record'] as const;
export type SkipReason = (typeof REASONS)[number];

/** Counts what came from outside and was delivered to nobody, and tells of it now and then. */
export class Skipped {
  readonly counts = Object.fromEntries(REASONS.map((reason) => [reason, 0])) as Record<SkipReason, number>;
  private readonly log = new Logger('Relay');
  private toldAt = -Infinity;

  add(reason: SkipReason, detail: string, count = 1): undefined {
    if (count === 0) return;
    this.counts[reason] += count;
    // Where two logs share a Redis, that is how it should be.
    if (reason === 'other_log' || performance.now() - this.toldAt < TELL_MS) return;

    this.toldAt = performance.now();
    const total = Object.values(this.counts).reduce((sum, each) => sum + each, 0);
    this.log.warn(`skipped ${total} inputs that break a rule so far; the last one (${reason}): ${printable(detail)}`);
  }
}

/** One bounded line of ASCII: what is told here was written by a stranger. */
export function printable(text: string, maxLength = MAX_DETAIL): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}...` : text;

  return cut.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
