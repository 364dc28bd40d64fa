import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT } from '../../test/support/process.js';

const run = promisify(execFile);

const PAGE = `
import { CLOSE, createHubClient, type EventMessage, type HubMessage, retryAfter } from 'dogmonitor-client';

const client = createHubClient({ url: 'ws://127.0.0.1:1', connect: false });
client.on('sit', (event: EventMessage) => event.event_type);
client.on('message', (message: HubMessage) => (message.type === 'overlay' ? message.overlay_type : undefined));
// @ts-expect-error an overlay is no event
client.on('overlay', (message: EventMessage) => message);
console.log(client.state.name, retryAfter(CLOSE.goingAway.code));
`;

const TSCONFIG = {
  compilerOptions: {
    strict: true,
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2022', 'dom'],
    types: [],
    outDir: '.',
  },
  files: ['page.ts'],
};

/** A folder of a user who has installed the package, and nothing else. */
describe('the published package', () => {
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dogmonitor-client-'));
    // As in a fresh clone: what is packed is built by the packing.
    rmSync(join(ROOT, 'client/dist'), { recursive: true, force: true });
    const { stdout } = await run('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', folder], {
      cwd: join(ROOT, 'client'),
    });
    const [packed] = JSON.parse(stdout) as { filename: string }[];
    const installed = join(folder, 'node_modules/dogmonitor-client');
    mkdirSync(installed, { recursive: true });
    await run('tar', ['-xf', join(folder, packed?.filename ?? ''), '-C', installed, '--strip-components=1']);
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    writeFileSync(join(folder, 'page.ts'), PAGE);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('brings its types along, without those of Node', async () => {
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');

    await run(process.execPath, [compiler], { cwd: folder });
  });

  it('runs by itself', async () => {
    const { stdout } = await run(process.execPath, ['page.js'], { cwd: folder });

    expect(stdout).toBe('idle spread\n');
  });

  it('has the licence in it, that of the project', () => {
    expect(readFileSync(join(folder, 'node_modules/dogmonitor-client/LICENSE'), 'utf8')).toBe(
      readFileSync(join(ROOT, 'LICENSE'), 'utf8'),
    );
  });

  it('has each entry that its manifest names', () => {
    const installed = join(folder, 'node_modules/dogmonitor-client');
    const { exports } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
      exports: Record<string, string | Record<string, string>>;
    };
    const files = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? entry : Object.values(entry)));

    expect(files.length).toBeGreaterThan(8);
    expect(files.filter((file) => !existsSync(join(installed, file)))).toEqual([]);
  });

  it('tells the server of a page with server components that all which needs React runs in the browser', () => {
    const built = join(folder, 'node_modules/dogmonitor-client/dist/client/src');
    const withReact = readdirSync(built, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.js') && /from 'react'/.test(readFileSync(join(built, file), 'utf8')),
    );

    expect(withReact.length).toBeGreaterThan(2);
    for (const file of ['react.js', ...withReact])
      expect([file, readFileSync(join(built, file), 'utf8').split('\n')[0]]).toEqual([file, "'use client';"]);
  });

  it('needs no other package', () => {
    const manifest = readFileSync(join(folder, 'node_modules/dogmonitor-client/package.json'), 'utf8');

    expect(JSON.parse(manifest)).not.toHaveProperty('dependencies');
  });
});
