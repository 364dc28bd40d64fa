// bundle-page.ts [--dev] [--guide] FILE: prints a page's script with React and the client in it, as the
// production build of the page's bundler makes it; with --dev as React's development build, and with --guide with the
// hook of the guide in the place of the client's.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const source = fileURLToPath(new URL('../../src/', import.meta.url));
const guideHook = fileURLToPath(new URL('../react/guide-hook.ts', import.meta.url));

export async function bundlePage(file: string, { isDev = false, isGuide = false } = {}): Promise<string> {
  const mode = isDev ? 'development' : 'production';
  // Jest's own would make a development build.
  process.env['NODE_ENV'] = mode;
  const result = await build({
    configFile: false,
    logLevel: 'error',
    mode,
    define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
    resolve: {
      alias: [
        ...(isGuide ? [{ find: 'dogmonitor-client/react', replacement: guideHook }] : []),
        { find: /^dogmonitor-client$/, replacement: `${source}index.ts` },
        { find: /^dogmonitor-client\/([\w-]+)$/, replacement: `${source}$1.ts` },
      ],
    },
    build: {
      write: false,
      minify: !isDev,
      target: 'es2022',
      modulePreload: { polyfill: false },
      rolldownOptions: { input: resolve(file) },
    },
  });

  if (!('output' in result)) throw new Error('not one bundle');

  return result.output[0].code;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  process.stdout.write(
    await bundlePage(args.at(-1) ?? '', { isDev: args.includes('--dev'), isGuide: args.includes('--guide') }),
  );
}
