// Builds dist/. Run as a program: always. As a module: `buildIfStale` builds only when a source is newer.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// Written last, so that a build which was cut off counts as none.
const stamp = join(root, 'dist', '.built');

export function buildIfStale() {
  const builtAt = mtime(stamp);
  if (newest(join(root, 'src')) > builtAt || mtime(join(root, 'package-lock.json')) > builtAt) build();
}

function build() {
  const nest = join(dirname(createRequire(import.meta.url).resolve('@nestjs/cli/package.json')), 'bin', 'nest.js');
  rmSync(stamp, { force: true });
  const { status } = spawnSync(process.execPath, [nest, 'build'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, '');
}

function newest(folder) {
  const entries = readdirSync(folder, { recursive: true });

  return Math.max(...entries.map((entry) => mtime(join(folder, entry))));
}

function mtime(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build();
