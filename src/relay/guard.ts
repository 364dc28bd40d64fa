import { Logger } from '@nestjs/common';
import { printable } from './skipped.js';

/** How often at most the log tells of failures, in ms: a listener that fails once may fail a thousand times a second. */
const TELL_MS = 10_000;

/** Longest stack in the log, in characters. */
const MAX_STACK = 2_000;

const log = new Logger('Hub');
let toldAt = -Infinity;
let untold = 0;

/**
 * Calls somebody else's code from where a throw would end the process: a timer, a socket, a stream. What it throws costs this
 * one call and a line in the log.
 */
export function guarded<Result>(what: string, work: () => Result, otherwise: Result): Result {
  try {
    return work();
  } catch (error) {
    tellFailure(what, error);

    return otherwise;
  }
}

/** One bounded line now and then. */
export function tellFailure(what: string, error: unknown): void {
  untold++;
  if (performance.now() - toldAt < TELL_MS) return;

  toldAt = performance.now();
  log.error(`${what} failed (${untold} failures of late): ${textOf(error)}`);
  untold = 0;
}

/** Anything may be thrown, also what throws again when it is looked at. */
function textOf(error: unknown): string {
  try {
    return printable(error instanceof Error ? (error.stack ?? error.message) : String(error), MAX_STACK);
  } catch {
    return 'something that has no text';
  }
}
