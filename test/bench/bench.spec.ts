import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Results } from '../../bench/report.js';
import { startNode } from '../support/process.js';

/** A run in which everything is small takes half a minute, and several times that on a busy machine. */
const RUN_MS = 600_000;

const SCENARIOS = ['fanout', 'curve', 'idle', 'ingest', 'freshness', 'slow'];

describe('npm run bench', () => {
  let folder: string;
  let results: Results;
  let report: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bench-'));
    // Those that need no installation.
    const options = ['--quick', '--servers', 'hub,floor', '--out', folder];
    const run = startNode(['--import', './test/chaos/typescript.mjs', 'bench/main.ts', ...options]);
    const { code } = await run.exited;
    if (code !== 0) throw new Error(`ended with ${code}:\n${run.output()}`);
    results = JSON.parse(await readFile(join(folder, 'results.json'), 'utf8')) as Results;
    report = await readFile(join(folder, 'results.md'), 'utf8');
  }, RUN_MS);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** The one row of each case of a scenario at the hub. */
  function rowsOf(scenario: string) {
    const { cases = [] } = results.scenarios.find((each) => each.scenario === scenario) ?? {};
    const ours = cases.filter(({ server }) => server === 'hub');

    return Object.fromEntries(ours.map(({ name, rows }) => [name, rows[0]]));
  }

  it('reports every scenario, with the machine and the commit', () => {
    expect(results.scenarios.map(({ scenario }) => scenario)).toEqual(SCENARIOS);
    expect(results.machine).toMatchObject({ node: process.version, commit: expect.stringMatching(/./) });
    expect(report.match(/^### /gm)).toHaveLength(SCENARIOS.length);
    expect(report.match(/^\| this hub \|/gm)).toHaveLength([1, 1, 1, 2, 3, 2].reduce((sum, rows) => sum + rows));
  });

  it('sees every message arrive at every client', () => {
    expect(rowsOf('fanout')).toMatchObject({ '': { isWhole: true, p50: expect.any(Number) } });
    expect(rowsOf('curve')).toMatchObject({ '50 clients, batch': { 'p99 at 60': expect.any(Number) } });
    expect(rowsOf('ingest')).toMatchObject({
      'one a request': { isWhole: true },
      // As fast as it can: a client that gets too little of a busy machine is rightly closed as too slow.
      '100 a request': { messagesPerSecond: expect.any(Number) },
    });
  });

  it('counts the connections it opened', () => {
    expect(rowsOf('idle')).toMatchObject({ '': { open: 200 } });
  });

  it('sees every event arrive at slow clients, and at those that stopped reading for a while', () => {
    const { 'a bare socket, 60 KB/s': bare, 'a ws client, 60 KB/s': library } = rowsOf('freshness');
    expect([bare, library]).toMatchObject([{ hasEvents: true }, { hasEvents: true }]);
    expect(rowsOf('slow')).toMatchObject({ 'mixed, 5 stopped': { hasEvents: true, hasNewest: true } });
  });
});
