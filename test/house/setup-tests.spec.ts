import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/process.js';

describe('setup-tests', () => {
  let bin: string;

  beforeEach(() => {
    bin = mkdtempSync(join(tmpdir(), 'hub-path-'));
  });

  afterEach(() => rmSync(bin, { recursive: true, force: true }));

  /** Runs it on a machine that has these programs, and no apt-get or sudo to get others. */
  function setUpWith(...programs: string[]): SpawnSyncReturns<string> {
    for (const program of programs) writeFileSync(join(bin, program), '', { mode: 0o755 });

    return spawnSync(process.execPath, [join(ROOT, 'scripts/setup-tests.mjs')], {
      env: { PATH: bin },
      encoding: 'utf8',
    });
  }

  it('says what to install, on every platform, where it may not install', () => {
    const { status, stderr } = setUpWith();

    expect(status).toBe(1);
    expect(stderr).toContain('the tests need redis-server and chromium in the PATH');
    expect(stderr).toMatch(/Debian, Ubuntu +sudo apt-get install redis-server chromium\n/);
    expect(stderr).toMatch(/macOS +brew install redis/);
    expect(stderr).toMatch(/Windows +use WSL/);
  });

  it('asks only for what is missing', () => {
    expect(setUpWith('redis-server').stderr).toContain('the tests need chromium in the PATH');
  });

  it('does not take a file that cannot be run for a program', () => {
    writeFileSync(join(bin, 'redis-server'), '', { mode: 0o644 });

    expect(setUpWith('chromium').stderr).toContain('the tests need redis-server in the PATH');
  });

  it.each(['chromium', 'chromium-browser', 'google-chrome'])(
    'is quiet when redis-server and %s are there',
    (browser) => {
      expect(setUpWith('redis-server', browser)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    },
  );
});
