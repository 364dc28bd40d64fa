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

    return setUp();
  }

  function setUp(environment: Record<string, string> = {}): SpawnSyncReturns<string> {
    return spawnSync(process.execPath, [join(ROOT, 'scripts/setup-tests.mjs')], {
      env: { PATH: bin, ...environment },
      encoding: 'utf8',
    });
  }

  /** As on Debian, but what would run as root only says what it was told. */
  function beOnDebian(): void {
    for (const program of ['apt-get', 'sh', 'sudo']) {
      writeFileSync(join(bin, program), '#!/bin/sh\necho "RAN $@" >&2\n', { mode: 0o755 });
    }
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

  describe('where it may install', () => {
    beforeEach(beOnDebian);

    it('says what it does as root, why, and how to prevent it, before it does', () => {
      const [said, ran] = setUp().stderr.split('\n');

      expect(said).toBe(
        'running apt-get as root to install redis-server and chromium, which the tests start; ' +
          'HUB_TESTS_INSTALL=no prevents it',
      );
      expect(ran).toMatch(/^RAN /);
    });

    it.each(['no', 'NO', 'false', 'off', '0'])('installs nothing with HUB_TESTS_INSTALL=%s', (no) => {
      const { status, stderr } = setUp({ HUB_TESTS_INSTALL: no });

      expect([status, stderr]).toEqual([
        1,
        expect.stringMatching(/^the tests need redis-server and chromium in the PATH/),
      ]);
    });

    it.each(['', 'yes'])('installs with HUB_TESTS_INSTALL=%s', (yes) => {
      expect(setUp({ HUB_TESTS_INSTALL: yes }).stderr).toMatch(
        /^RAN .*-ec[^]*apt-get install[^]*redis-server chromium$/m,
      );
    });
  });
});
