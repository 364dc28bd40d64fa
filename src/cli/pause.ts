import { setTimeout } from 'node:timers/promises';

const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 10_000;
/** What a timer of Node can take. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * How long to wait before the next try: full jitter, so that many who lost the same hub do not come back in step.
 * @param failures tries that failed in a row, the first included
 */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  return random() * Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
}

/** Waits, or returns at once when `stop` is aborted. */
export async function pause(ms: number, stop: AbortSignal): Promise<void> {
  await setTimeout(Math.min(ms, LONGEST_TIMER_MS), undefined, { signal: stop }).catch(() => undefined);
}

/** Aborted by the first Ctrl-C or SIGTERM; its `reason` is the exit code that shells give to such an end. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  process.on('SIGINT', () => stop.abort(130));
  process.on('SIGTERM', () => stop.abort(143));

  return stop.signal;
}
