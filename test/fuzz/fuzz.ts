/**
 * Sends rubbish to real hubs, beside good events: `npm run fuzz -- --seed 1 [--seconds 60]`.
 *
 * One hub alone and two on one Redis get inputs that the seed decides: HTTP, handshakes and frames of WebSockets,
 * messages on every channel and pattern of Redis, entries of the stream and fields of its hashes. All the while good events
 * are posted, and read over WebSocket, SSE and the bus. A hub must not end, answer 5xx, print what hurts, keep anyone
 * waiting, or grow; each good event must be at each reader once and in order, and nothing that breaks the rules. Ends with
 * `seed N: PASS` or `seed N: FAIL` and the figures in one line, and exit code 0 or 1.
 *
 * Each input depends on the seed and its number only: `--from I --count N` sends some of them again, and `--only frame,http`
 * draws from some classes. `--quick` does not look for
 * fewer inputs that do the same. `--hub "ARGUMENTS"` runs something else than `dist/main.js`, without Redis.
 */
import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import { within } from '../support/cluster.js';
import { INPUT_CLASSES, type InputClass } from './inputs/inputs.js';
import { FuzzRun, megabytes } from './run.js';

const USAGE = 'usage: npm run fuzz -- --seed N [--seconds 60] [--from I] [--count N] [--only http,frame,…]';
const CLOSE_LIMIT_MS = 30_000;
const NARROW_LIMIT_MS = 120_000;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seconds: { type: 'string' },
    from: { type: 'string', default: '0' },
    count: { type: 'string' },
    only: { type: 'string', default: INPUT_CLASSES.join() },
    hub: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? NaN);
const from = Number(values.from);
const count = Number(values.count ?? Infinity);
// Who asks for a number of inputs wants all of them.
const seconds = Number(values.seconds ?? (values.count === undefined ? 60 : 3_600));
const classes = values.only.split(',') as InputClass[];
const isGood = [seed, from].every((number) => Number.isInteger(number) && number >= 0) && count > 0 && seconds > 0;
if (!isGood || !classes.every((name) => INPUT_CLASSES.includes(name))) {
  console.error(`${USAGE}\nclasses: ${INPUT_CLASSES.join(', ')}`);
  process.exit(2);
}

const command = values.hub?.split(' ') ?? ['--max-semi-space-size=4', 'dist/main.js'];
const patienceMs = values.quick ? 1_000 : 20_000;
const options = { seed, from, count, seconds, classes, command, hasRedis: values.hub === undefined, patienceMs };
const fuzz = new FuzzRun(options);

// Of the service that reads the bus.
Logger.overrideLogger(false);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(130));

try {
  await within((seconds + 240) * 1_000, fuzz.run(), () => 'the run hangs');
} catch (error) {
  fuzz.faults.add(`the run failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}
await end();

/** Ends what the run started, tells how it was, and ends the process. */
async function end(code?: number): Promise<never> {
  await within(CLOSE_LIMIT_MS, fuzz.close(), () => 'the end hangs').catch((error) => fuzz.faults.add(String(error)));
  const hasPassed = fuzz.faults.all.length === 0 && code === undefined;
  if (fuzz.faults.all.length > 0) console.log(`${fuzz.faults.report()}\n`);
  if (!hasPassed)
    for (const { name, lastLines } of fuzz.world.hubs) console.log(`${name} said\n  ${lastLines.join('\n  ')}`);
  if (code === undefined) await narrow();
  console.log(`seed ${seed}: ${hasPassed ? 'PASS' : 'FAIL'} (${summary()})`);
  process.exit(code ?? (hasPassed ? 0 : 1));
}

/** Finds fewer inputs that do the same, where nobody can say which of many it was: half of them at a time. */
async function narrow(): Promise<void> {
  const [fault] = fuzz.faults.all;
  if (values.quick || !fault || fault.isCertain || fault.suspects.length === 0) return;

  let { suspects } = fault;
  const fails = async (indices: readonly number[]): Promise<boolean> => {
    const again = new FuzzRun(options);
    try {
      return await again.replay(indices);
    } finally {
      await again.close();
    }
  };
  const deadline = performance.now() + NARROW_LIMIT_MS;
  while (suspects.length > 1 && performance.now() < deadline) {
    const middle = Math.ceil(suspects.length / 2);
    const halves = [suspects.slice(middle), suspects.slice(0, middle)];
    const found = (await fails(halves[0] ?? [])) ? halves[0] : (await fails(halves[1] ?? [])) ? halves[1] : undefined;
    if (!found) break;
    suspects = found;
  }
  console.log(`  of these, ${suspects.length} are enough\n${fuzz.faults.describeInputs(suspects)}\n`);
}

function summary(): string {
  const { sent, total, sendingMs, world, memory } = fuzz;
  const perClass = Object.entries(sent).map(([name, times]) => `${name} ${times}`);
  const grown = memory.map(({ before, after }) => `${megabytes(before.held)} to ${megabytes(after.held)}`);

  return [
    `${total} inputs: ${perClass.join(', ')}`,
    `${Math.round(total / (sendingMs / 1_000 || 1))}/s`,
    `${world.canaries.reduce((sum, { posted }) => sum + posted, 0)} good events`,
    `slowest /health/live ${Math.round(Math.max(0, ...world.hubs.map(({ slowestLiveMs }) => slowestLiveMs)))} ms`,
    ...(grown.length > 0 ? [`MB held ${grown.join(', ')}`] : []),
  ].join('; ');
}
