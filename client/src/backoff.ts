import type { Retry } from '../../src/protocol/close-codes.js';
import type { Backoff } from './types.js';

/**
 * How much longer the first wait may be where all clients of a hub were lost together: over 4 s, in a quarter of a second
 * no more than a sixteenth of them come back.
 */
const SPREAD = 16;

/**
 * How long to wait before the next try, in ms: a random time up to a bound that doubles with each try ("full jitter").
 * @param tries without success since a connection last stood; at the first loss of one, 0
 * @param random from 0 to 1
 */
export function backoffMs(
  tries: number,
  retry: Exclude<Retry, 'never'>,
  { minMs, maxMs }: Required<Pick<Backoff, 'minMs' | 'maxMs'>>,
  random = Math.random(),
): number {
  const first = retry === 'spread' ? SPREAD * minMs : minMs;

  return random * Math.min(maxMs, first * 2 ** Math.max(0, tries - 1));
}
