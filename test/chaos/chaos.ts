/**
 * Proves, for one seed, that the hub loses nothing: `npm run chaos -- --seed 1 [--seconds 60]`.
 *
 * Three instances share one Redis that keeps nothing. 60 clients follow, 100 events/s and 100 overlays/s come in, and
 * the seed decides in which order things go wrong, one at a time, each repaired before the next: Redis is killed five
 * times, frozen twice, cuts its subscribers and its publishers; the network of one instance loses one direction; an
 * instance is killed; all are restarted one after the other. At the end everything that was seen is judged. Ends with
 * `seed N: PASS`, or with `seed N: FAIL (…)`, the folder with the evidence, and exit code 1.
 *
 * A test that cannot fail proves nothing. To see it fail, break `src/relay/` by hand, `npm run build`, run it, and undo:
 * - drop the outbox: what waits for Redis is thrown away when the connection is lost
 *   -> "every event answered 202 is at every client"
 * - drop the catch-up: on return go on with what is published next, do not read what was missed
 *   -> "every event answered 202 is at every client"
 * - wait for Redis without a deadline -> "events in outages, local p99", "slowest POST"
 */
import { parseArgs } from 'node:util';
import { within } from '../support/cluster.js';
import { report } from './report.js';
import { ChaosRun } from './run.js';

const CLOSE_LIMIT_MS = 20_000;
const USAGE = 'usage: npm run chaos -- --seed N [--seconds 60]';

const { values } = parseArgs({ options: { seed: { type: 'string' }, seconds: { type: 'string', default: '60' } } });
const seed = Number(values.seed ?? NaN);
const seconds = Number(values.seconds);
if (!Number.isInteger(seed) || seed < 0 || !(seconds > 0)) {
  console.error(USAGE);
  process.exit(2);
}

const chaos = new ChaosRun(seed, seconds, (text) => console.error(text));

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(130));

try {
  const limitMs = (seconds + 180) * 1_000;
  const run = await within(limitMs, chaos.run(), () => 'the run hangs');
  const { text, passed } = report(seed, chaos, run);
  console.log(text);
  await end(passed ? 0 : 1);
} catch (error) {
  console.error(error);
  console.log(`seed ${seed}: FAIL (${String(error).split('\n')[0]})`);
  await end(1);
}

/** Ends what the run started, and the process. */
async function end(code: number): Promise<never> {
  await within(CLOSE_LIMIT_MS, chaos.close(), () => 'the end hangs').catch(console.error);
  process.exit(code);
}
