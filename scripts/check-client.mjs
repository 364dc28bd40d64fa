// Checks client/dist as it would be published: its size, and that its types and entries lead every resolver right.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildClient } from './build-client.mjs';
import { bundle } from './bundle-client.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'client');

/** Largest bundles, minified and gzipped, in bytes. React itself is the page's. */
const LIMITS = [
  // 400 more than at first: a handler is told past from present, a wrong address names its option, stamps are read as they are.
  { name: '.', entries: ['index'], limit: 5_500 },
  { name: '. and ./react', entries: ['index', 'react'], limit: 8_000 },
  { name: './overlay', entries: ['overlay'], limit: 9_000 },
  { name: './overlay-worker', entries: ['overlay-worker'], limit: 7_000 },
];

/** @param {string[]} entries */
async function bundleSize(entries) {
  const code = await bundle(entries.map((entry) => join(folder, 'dist/client/src', `${entry}.js`)));

  return gzipSync(code, { level: 9 }).length;
}

/** @param {string} program @param {string[]} args */
function run(program, ...args) {
  const file = join(root, 'node_modules', program);
  const { status } = spawnSync(process.execPath, [file, ...args], { cwd: folder, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}

function pack() {
  const { stdout, status } = spawnSync('npm', ['pack', '--json', '--loglevel=error'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error('npm pack failed');

  /** @type {unknown} */
  const packed = JSON.parse(stdout);
  const [{ filename }] = /** @type {[{ filename: string }]} */ (packed);

  return join(folder, filename);
}

buildClient();

for (const { name, entries, limit } of LIMITS) {
  const size = await bundleSize(entries);
  console.log(`${name}: ${size} bytes of at most ${limit}, minified and gzipped`);
  if (size > limit) process.exitCode = 1;
}

const tarball = pack();
try {
  run('publint/src/cli.js', tarball, '--strict');
  run('@arethetypeswrong/cli/dist/index.js', tarball, '--profile', 'esm-only');
} finally {
  rmSync(tarball);
}
