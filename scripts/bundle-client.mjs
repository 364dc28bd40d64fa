// node scripts/bundle-client.mjs FILE...: prints one minified module that exports all that these files do, as the bundler
// of a page makes it. React stays outside.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ENTRY = 'virtual:entry';

/** @param {string[]} files */
export async function bundle(files) {
  const text = files.map((file) => `export * from ${JSON.stringify(resolve(file))};`).join('\n');
  /** @type {import('vite').Plugin} */
  const entry = {
    name: 'entry',
    resolveId: (source) => (source === ENTRY ? source : undefined),
    load: (source) => (source === ENTRY ? text : undefined),
  };
  const result = await build({
    configFile: false,
    logLevel: 'error',
    plugins: [entry],
    build: {
      write: false,
      target: 'es2022',
      modulePreload: { polyfill: false },
      rolldownOptions: { input: ENTRY, preserveEntrySignatures: 'strict', external: /^react(-dom)?(\/|$)/ },
    },
  });

  if (!('output' in result)) throw new Error('not one bundle');

  return result.output[0].code;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(await bundle(process.argv.slice(2)));
