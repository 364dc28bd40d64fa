// Builds dist/: the hub, and the page that it serves. Run as a program: always. As a module: `buildIfStale` builds only
// when a source is newer.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// Written last, so that a build which was cut off counts as none.
const stamp = join(root, 'dist', '.built');

const sources = ['src', 'client/src', 'dashboard', 'package-lock.json'].map((path) => join(root, path));

export function buildIfStale() {
  const builtAt = mtime(stamp);
  if (sources.some((path) => newest(path) > builtAt)) build();
}

function build() {
  rmSync(stamp, { force: true });
  // In this order, since the first one empties dist/.
  run('@nestjs/cli', 'bin/nest.js', 'build');
  run('vite', 'bin/vite.js', 'build', 'dashboard', '--logLevel', 'warn');
  writeFileSync(stamp, '');
}

/** @param {string} name @param {string} file @param {string[]} args */
function run(name, file, ...args) {
  const program = join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), file);
  const { status } = spawnSync(process.execPath, [program, ...args], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}

/** @param {string} path */
function newest(path) {
  const entries = statSync(path, { throwIfNoEntry: false })?.isDirectory()
    ? readdirSync(path, { recursive: true, encoding: 'utf8' })
    : [];

  return Math.max(mtime(path), ...entries.map((entry) => mtime(join(path, entry))));
}

/** @param {string} path */
function mtime(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build();
