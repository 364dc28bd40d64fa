import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/process.js';
import { startCli } from './start-cli.js';

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  version: string;
  bin: Record<string, string>;
};

describe('dogmonitor-hub', () => {
  it.each([
    [['--help'], 'Usage: dogmonitor-hub <command>'],
    [['-h'], 'Usage: dogmonitor-hub <command>'],
    [['watch', '--help'], 'Usage: dogmonitor-hub watch'],
    [['replay', '-h'], 'Usage: dogmonitor-hub replay FILE'],
    [['demo', '--fps', '5', '--help'], 'Usage: dogmonitor-hub demo'],
  ])('%j prints a help that fits a terminal and exits with 0', async (args, start) => {
    const cli = startCli(args);
    const { code } = await cli.exited;

    expect(code).toBe(0);
    expect(cli.stdout().startsWith(start)).toBe(true);
    expect(cli.output()).toBe(cli.stdout());
    for (const line of cli.stdout().split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('--version prints the version of the package', async () => {
    const cli = startCli(['--version']);

    expect((await cli.exited).code).toBe(0);
    expect(cli.stdout()).toBe(`${manifest.version}\n`);
  });

  it.each([
    [[], 'a command is needed: watch, replay or demo', '--help'],
    [['bark'], "unknown command 'bark'", '--help'],
    [['--bark'], "unknown option '--bark'", '--help'],
    [['watch', '--bark'], "unknown option '--bark'", 'watch --help'],
    [['watch', 'now'], "unexpected argument 'now'", 'watch --help'],
    [['watch', '--url', 'ftp://dog'], 'not "ftp://dog"', 'watch --help'],
    [['replay'], 'replay takes one FILE', 'replay --help'],
    [['replay', 'one', 'two'], 'replay takes one FILE', 'replay --help'],
    [['replay', 'one', '--speed', '0'], '--speed must be a number above 0, not "0"', 'replay --help'],
    [['replay', 'one', '--speed', 'fast'], '--speed must be a number above 0, not "fast"', 'replay --help'],
    [['replay', 'one', '--speed'], "option '--speed <value>' argument missing", 'replay --help'],
    [['demo', '--fps', '1000'], '--fps must be a number above 0 and at most 240, not "1000"', 'demo --help'],
    [['demo', '--seed', 'x'], '--seed must be a whole number, not "x"', 'demo --help'],
    [['demo', '--source', 'a b'], '--source must be a string of 1 to 128 characters', 'demo --help'],
  ])('%j tells in one line what is wrong, where the help is, and exits with 2', async (args, problem, help) => {
    const cli = startCli(args);
    const { code } = await cli.exited;
    const [line, hint, ...rest] = cli.output().split('\n');

    expect(code).toBe(2);
    expect(line).toContain(problem);
    expect(hint).toBe(`for help: dogmonitor-hub ${help}`);
    expect(rest).toEqual(['']);
    expect(cli.stdout()).toBe('');
  });

  it('is a program by itself', () => {
    const file = manifest.bin['dogmonitor-hub'] ?? '';

    expect(readFileSync(join(ROOT, file), 'utf8').startsWith('#!/usr/bin/env node\n')).toBe(true);
  });
});
