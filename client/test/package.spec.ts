import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    await run(process.execPath, ['scripts/build-client.mjs'], { cwd: ROOT });
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

  it('needs no other package', () => {
    const manifest = readFileSync(join(folder, 'node_modules/dogmonitor-client/package.json'), 'utf8');

    expect(JSON.parse(manifest)).not.toHaveProperty('dependencies');
  });
});
