import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestClient } from '../support/client.js';
import { startHub, type TestHub } from '../support/hub.js';
import { ROOT } from '../support/process.js';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, text = '']) => text);
const commands = blocks('sh').flatMap((block) => block.replaceAll('\\\n', '').trim().split(/\n+/));

describe('README', () => {
  let hub: TestHub;
  let client: TestClient;

  beforeAll(async () => {
    hub = await startHub();
    client = await TestClient.open(hub.wsUrl);
  });
  afterAll(() => hub.close());

  const here = (command: string): string => command.replaceAll('http://localhost:8000', hub.url);

  async function run(command: string): Promise<string> {
    return (await promisify(execFile)('sh', ['-c', here(command)])).stdout;
  }

  /** What a command that does not end prints, up to what is waited for. */
  async function runUntil(command: string, awaited: string): Promise<string> {
    const child = spawn('sh', ['-c', `exec ${here(command)}`], { stdio: ['ignore', 'pipe', 'ignore'] });
    const closed = once(child, 'close');
    let text = '';
    for await (const chunk of child.stdout) {
      text += String(chunk);
      if (text.includes(awaited)) break;
    }
    child.kill();
    await closed;

    return text;
  }

  it('has the two commands', () => {
    expect(commands).toContain('npm ci && npm start');
    expect(readme).toContain('npm ci && npm test');
  });

  it('shows four curl commands that send what it says', async () => {
    const posts = commands.filter((command) => command.includes('-d '));
    expect(posts).toHaveLength(4);

    const answers = await Promise.all(posts.map(async (command) => JSON.parse(await run(command)) as object));

    expect(answers).toEqual(
      ['event', 'event', 'overlay', 'telemetry'].map((type) =>
        expect.objectContaining({ type, connections: 1, shared: true }),
      ),
    );
    expect((await client.settled()).map(({ type }) => type).sort()).toEqual(['event', 'event', 'overlay', 'telemetry']);
  });

  it('shows an error as the hub gives it', async () => {
    const response = await fetch(`${hub.url}/api/events/broadcast/overlay`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"overlay_type":"detection","data":{"boxes":[{"x":1,"y":1,"w":-1,"h":1}]}}',
    });

    expect(await response.json()).toEqual(JSON.parse(blocks('json')[0] ?? ''));
  });

  it('shows how to read the stream and the log', async () => {
    const [stream = '', log = ''] = commands.filter(
      (command) => command.includes('/api/events') && !command.includes('-d '),
    );

    expect(await runUntil(stream, 'event: connection')).toContain('event: connection');
    expect(JSON.parse(await run(log))).toMatchObject({ complete: true });
  });

  it('names npm scripts and files that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    const named = [...readme.matchAll(/npm run (\w+)/g)].map(([, name]) => name);

    expect(named.filter((name) => name === undefined || !(name in scripts))).toEqual([]);
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].flatMap(([, path = '']) =>
      path.includes('://') ? [] : path,
    );
    expect([...links, 'test/fixtures/dog-fetch.jsonl'].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
