import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Incident } from './faults.js';
import { judge, type Loss, movedIds, quantile, type Run, type Verdict } from './judge.js';
import type { ChaosRun } from './run.js';

/** All that a run tells, as text, and whether it passed. */
export function report(seed: number, chaos: ChaosRun, run: Run): { text: string; passed: boolean } {
  const { verdicts, losses } = judge(run);
  const failed = verdicts.filter(({ passed }) => !passed);
  const lines = [
    table(
      ['at s', 'fault', 'lasted ms', 'ready after ms', 'local p99 ms', 'states'],
      chaos.incidents.map((one) => rowOf(one, chaos)),
    ),
    '',
    ...totals(chaos, run, losses),
    '',
    table(
      ['', 'promise', 'found'],
      verdicts.map(({ passed, promise, found }) => [passed ? 'PASS' : 'FAIL', promise, found]),
    ),
    '',
  ];
  if (failed.length > 0) lines.push(`evidence: ${writeEvidence(seed, chaos, losses)}`);
  lines.push(`seed ${seed}: ${failed.length === 0 ? 'PASS' : `FAIL (${failed.map(reason).join('; ')})`}`);

  return { text: lines.join('\n'), passed: failed.length === 0 };
}

function reason({ promise, found }: Verdict): string {
  return `${promise}: ${found}`;
}

function totals(chaos: ChaosRun, run: Run, losses: readonly Loss[]): string[] {
  const { load, clients } = chaos;
  const sum = (count: (client: (typeof clients)[number]) => number): number =>
    clients.reduce((total, client) => total + count(client), 0);
  const answers = clients.flatMap(({ recovered }) => recovered);
  const excused = losses.filter(({ isExcused }) => isExcused);
  const delivered = sum(({ overlays }) => overlays.size);
  const seconds = (chaos.endedAt - chaos.startedAt) / 1_000;
  const local = run.outageEventMs;

  return [
    `${seconds.toFixed(1)} s, ${clients.length} clients, ${run.events.length} events (${
      run.events.filter(({ shared }) => shared === false).length
    } answered shared: false), ${load?.overlays.length ?? 0} overlays (${(delivered / clients.length).toFixed(0)} a client)`,
    `retries of events: ${(load?.events ?? []).reduce((total, { attempts }) => total + attempts.length - 1, 0)}`,
    `reconnects: ${sum(({ connections }) => connections - 1)}, recovered: ${answers.filter((answer) => answer === true).length} true, ${
      answers.filter((answer) => answer !== true).length
    } not; dropped by id after a reconnect: ${sum(({ repeats }) => repeats)}`,
    `lost where two faults met (shared: false, then kill -9): ${excused.length} events`,
    `ids with more than one offset: ${movedIds(run).length}`,
    `POST ms: median ${quantile(run.postMs, 0.5).toFixed(1)}, p99 ${quantile(run.postMs, 0.99).toFixed(1)}, max ${quantile(run.postMs, 1).toFixed(1)}`,
    `local delivery of events in outages ms: median ${quantile(local, 0.5).toFixed(1)}, p99 ${quantile(local, 0.99).toFixed(1)}, max ${quantile(local, 1).toFixed(1)} (${local.length} deliveries)`,
  ];
}

function rowOf({ fault, from, repairedAt, readyAt }: Incident, chaos: ChaosRun): string[] {
  const { cluster, startedAt } = chaos;
  const isOfOne = fault.kind === 'network cut' || fault.kind === 'instance killed';
  const states = (cluster?.instances ?? []).map(({ index, stateChanges }) => {
    const during = stateChanges.filter(({ at }) => at >= from && at <= readyAt + 500);
    return `${index}: ${during.map(({ to }) => SHORT[to] ?? to).join('>') || '-'}`;
  });

  return [
    ((from - startedAt) / 1_000).toFixed(1),
    `${fault.kind}${isOfOne ? ` (${fault.instance}${fault.kind === 'network cut' ? ` ${fault.direction}` : ''})` : ''}`,
    (repairedAt - from).toFixed(0),
    (readyAt - repairedAt).toFixed(0),
    quantile(chaos.localMs(from, readyAt), 0.99).toFixed(1),
    states.join('  '),
  ];
}

const SHORT: Record<string, string> = { 'local-only': 'local', 'catching-up': 'catch' };

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string => cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ');

  return [head, widths.map((width) => '-'.repeat(width)), ...rows].map((row) => line(row).trimEnd()).join('\n');
}

/** What helps to find out why: the logs of the instances, and each loss with its circumstances. Returns the folder. */
function writeEvidence(seed: number, chaos: ChaosRun, losses: readonly Loss[]): string {
  const folder = mkdtempSync(join(tmpdir(), `hub-chaos-${seed}-`));
  for (const instance of chaos.cluster?.instances ?? []) {
    writeFileSync(join(folder, `hub-${instance.index}.log`), instance.output());
  }

  const since = (at: number): string => `${((at - chaos.startedAt) / 1_000).toFixed(3)} s`;
  const faults = chaos.incidents.map(
    ({ fault, from, readyAt }) => `${since(from)} - ${since(readyAt)} ${JSON.stringify(fault)}`,
  );
  const lost = losses.map(({ post, missingAt, isExcused }) => {
    const attempts = chaos.load?.events[post.n]?.attempts.map(
      ({ instance, start, at, ms, outcome }) =>
        `${since(at)} at ${instance.index}#${start} -> ${outcome} in ${ms?.toFixed(1)} ms`,
    );
    return `event ${post.n} ${post.id} shared ${post.shared} excused ${isExcused} missing at clients ${missingAt.join()}: ${attempts?.join(', ')}`;
  });
  const clients = chaos.clients.map(
    ({ taken, doubled, disordered, moved, recovered }, i) =>
      `client ${i}: ${taken.length} taken, recovered ${recovered.join()}, doubled ${doubled.slice(0, 20).join()}, disordered ${disordered.slice(0, 20).join()}, moved ${moved.slice(0, 20).join()}`,
  );
  writeFileSync(join(folder, 'findings.txt'), [...faults, '', ...lost, '', ...clients, ''].join('\n'));

  const slow = new Set(chaos.slowMoments().map(([at, what, ms]) => `${(at / 1_000).toFixed(3)} s ${what} ${ms} ms`));
  writeFileSync(join(folder, 'slow.txt'), [...slow, ''].join('\n'));

  return folder;
}
