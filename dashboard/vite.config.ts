import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const client = fileURLToPath(new URL('../client/src/', import.meta.url));

export default defineConfig({
  // Under whatever path a proxy has put the hub.
  base: './',
  root: fileURLToPath(new URL('.', import.meta.url)),
  oxc: { jsx: { runtime: 'automatic' } },
  resolve: {
    // From its source, so that one build is enough and the two never differ.
    alias: [
      { find: /^dogmonitor-client$/, replacement: `${client}index.ts` },
      { find: /^dogmonitor-client\/([\w-]+)$/, replacement: `${client}$1` },
    ],
  },
  build: {
    outDir: fileURLToPath(new URL('../dist/dashboard', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the page allows no inline data where a file will do.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      // The hooks say that they are of the browser, which a page need not be told.
      onLog: (level, log, report) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log);
      },
    },
  },
});
