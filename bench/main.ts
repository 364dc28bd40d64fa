// npm run bench [-- --only fanout,idle --servers hub,nest --rounds 3 --quick --hub FOLDER --out FOLDER --docs]
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine, leaveServersCore } from './machine.js';
import { takeNoise } from './measure.js';
import { type Case, renderMachine, renderScenario, type Results } from './report.js';
import { renderChart } from './chart.js';
import { SCENARIOS } from './scenarios/all.js';
import { courses } from './scenarios/freshness.js';
import type { Context, Row, Scenario } from './scenarios/scenario.js';
import { BENCH, installPeers, SERVERS, type ServerKind, useHub } from './servers.js';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    servers: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    quick: { type: 'boolean', default: false },
    hub: { type: 'string' },
    out: { type: 'string', default: join(BENCH, 'results') },
    docs: { type: 'boolean', default: false },
  },
});

/** What the list names, in its order; everything where there is no list. */
function pick<T extends { name: string }>(all: readonly T[], list: string | undefined): readonly T[] {
  if (list === undefined) return all;

  return list.split(',').map((name) => {
    const found = all.find((each) => each.name === name);
    if (!found) throw new Error(`"${name}" is none of ${all.map((each) => each.name).join(', ')}`);
    return found;
  });
}

/** Round after round over all servers, so that a machine that changes its speed changes it for all. */
async function runScenario(scenario: Scenario, rounds: number, context: Context): Promise<Case[]> {
  const kinds = context.servers.filter(({ name }) => scenario.servers.includes(name));
  const cases = new Map<string, Case>();
  for (let round = 1; round <= rounds; round++) {
    for (const kind of kinds) {
      context.log(`${scenario.name}, round ${round} of ${rounds}: ${kind.title}`);
      for (const [name, row] of Object.entries(await tryToRun(scenario, kind, context))) {
        const key = `${kind.name} ${name}`;
        const found = cases.get(key) ?? { server: kind.name, title: kind.title, name, rows: [] };
        cases.set(key, found);
        found.rows.push(row);
      }
    }
  }

  return [...cases.values()].sort((a, b) => kinds.findIndex(is(a.server)) - kinds.findIndex(is(b.server)));
}

/** One server that fails does not stop the others. */
async function tryToRun(scenario: Scenario, kind: ServerKind, context: Context): Promise<Record<string, Row>> {
  try {
    return await scenario.run(kind, context);
  } catch (error) {
    console.error(`${scenario.name} failed at ${kind.title}:`, error);
    process.exitCode = 1;
    return {};
  }
}

const DOCS = join(BENCH, '../docs');

const is = (server: string) => (kind: ServerKind) => kind.name === server;

async function main(): Promise<void> {
  leaveServersCore();
  const scenarios = pick(SCENARIOS, options.only);
  const rounds = options.quick ? 1 : Number(options.rounds);
  if (options.hub !== undefined) useHub(options.hub);
  const wanted = pick(SERVERS, options.servers);
  if (wanted.some(({ isPeer }) => isPeer)) installPeers();

  const reasons = wanted.map(({ title, missing }) => [title, missing?.()] as const);
  const leftOut = Object.fromEntries(reasons.flatMap(([title, reason]) => (reason ? [[title, reason]] : [])));
  const servers = wanted.filter(({ title }) => !(title in leftOut));
  const context: Context = { isQuick: options.quick, servers, log: (text) => console.error(text) };

  const results: Results = { machine: describeMachine(), rounds, leftOut, scenarios: [] };
  const parts = [`Median of ${rounds} rounds (least–most). ${renderMachine(results.machine)}\n`];
  parts.push(...Object.entries(leftOut).map(([title, reason]) => `Left out: ${title}, since ${reason}.\n`));
  for (const scenario of scenarios) {
    const cases = await runScenario(scenario, rounds, context);
    const result = { scenario: scenario.name, cases, noise: takeNoise() };
    results.scenarios.push(result);
    parts.push(renderScenario(scenario, result));
    console.error(`\n${parts.at(-1)}`);
  }

  write(results, parts.join('\n'));
  console.log(parts.join('\n'));
}

/** Writes the report, and the chart where there is one; with `--docs` also into the documentation. */
function write(results: Results, report: string): void {
  mkdirSync(options.out, { recursive: true });
  writeFileSync(join(options.out, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(join(options.out, 'results.md'), report);
  if (options.docs) writeReport(report);

  if (courses.size === 0) return;
  const lines = [...courses].map(([name, points]) => ({ name, points }));
  const chart = renderChart('Age of an overlay when it comes', lines, ({ name }) => name.startsWith('this hub'));
  writeFileSync(join(options.out, 'freshness.svg'), chart);
  if (options.docs) writeFileSync(join(DOCS, 'freshness.svg'), chart);
}

/** Puts it between the marks in the page on performance, in the place of the one that is there. */
function writeReport(report: string): void {
  const path = join(DOCS, 'performance.md');
  const page = readFileSync(path, 'utf8');
  const [begin, end] = ['<!-- results: npm run bench -- --docs -->', '<!-- end of results -->'];
  const [before = '', rest = ''] = page.split(begin);
  const [, after = ''] = rest.split(end);
  writeFileSync(path, `${before}${begin}\n\n${report}\n${end}${after}`);
}

await main();
