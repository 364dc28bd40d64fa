// Lets Node run TypeScript as it stands: `node --import ./test/chaos/typescript.mjs FILE.ts`.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { transform } from '@swc/core';

if (isMainThread) register(import.meta.url);

/**
 * As TypeScript does: `./a.js` is `./a.ts` where only that is there.
 * @type {import('node:module').ResolveHook}
 */
export async function resolve(specifier, context, next) {
  const url = /^\.{1,2}\/.*\.js$/.test(specifier) && new URL(specifier, context.parentURL);
  const source = url && new URL(url.href.replace(/\.js$/, '.ts'));
  if (source && !existsSync(url) && existsSync(source))
    return { url: source.href, format: 'module', shortCircuit: true };

  return next(specifier, context);
}

/** @type {import('node:module').LoadHook} */
export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);

  const { code } = await transform(await readFile(new URL(url), 'utf8'), {
    filename: fileURLToPath(url),
    sourceMaps: 'inline',
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
    module: { type: 'es6' },
  });

  return { format: 'module', source: code, shortCircuit: true };
}
