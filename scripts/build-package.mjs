// Makes dist/ what is published: beside what `npm start` runs, the types and a build for `require`. The compiler makes
// both, since it alone writes the metadata of decorators as Nest reads it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildIfStale } from './build.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = (/** @type {string[]} */ ...path) => join(root, 'dist', ...path);

/** @param {string} project */
function compile(project) {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', project], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}

/** A copy of the source in which a module finds its files in the words of CommonJS, beside the other build. */
function copySource() {
  rmSync(dist('cjs-src'), { recursive: true, force: true });
  for (const entry of readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })) {
    // The command line is a program, and nobody requires it.
    if (!entry.name.endsWith('.ts') || entry.parentPath.startsWith(join(root, 'src/cli'))) continue;

    const source = join(entry.parentPath, entry.name);
    const path = relative(join(root, 'src'), source);
    const folder = posix.join(...path.split(sep).map(() => '..'), dirname(path).replaceAll(sep, '/'));
    const copy = dist('cjs-src', path);
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(
      copy,
      readFileSync(source, 'utf8').replaceAll(
        'import.meta.dirname',
        `require('node:path').join(__dirname, '${folder}')`,
      ),
    );
  }
}

buildIfStale();
compile('tsconfig.types.json');
copySource();
rmSync(dist('cjs'), { recursive: true, force: true });
compile('tsconfig.cjs.json');
rmSync(dist('cjs-src'), { recursive: true });
writeFileSync(dist('cjs/package.json'), '{"type":"commonjs"}\n');
