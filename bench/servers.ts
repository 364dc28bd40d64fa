// What is measured: the hub, and what its users would pick instead.
import { type ChildProcess, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, listening, start, stop } from './child.js';
import { CORES, findProgram } from './machine.js';
import type { Kind } from './load/messages.js';

export const BENCH = fileURLToPath(new URL('.', import.meta.url));
const PEERS = join(BENCH, 'peers');
const ROUTE = '/api/events/broadcast';

export interface ServerKind {
  name: string;
  title: string;
  /** Whether it has to be installed first. */
  isPeer?: boolean;
  /** The command that listens on the port, and what its environment needs. */
  command(port: number): { command: string[]; env?: Record<string, string> };
  /** Why it cannot be measured here; `undefined` where it can. */
  missing?: () => string | undefined;
  /** Where clients connect. */
  path: string;
  isSocketIo?: boolean;
  /** Whether it says something at first, and clients may ask it for more than everything. */
  isHub?: boolean;
  /** Whether it passes on the body of a POST as it is. */
  isBare?: boolean;
  needsRedis?: boolean;
  /** Where overlays are posted, and many at once, if it can. */
  overlays?: string;
  batch?: string;
}

/** A running one. */
export interface Server {
  kind: ServerKind;
  port: number;
  pid: number;
  paths: Partial<Record<Kind, string>>;
  stop(): Promise<void>;
}

const node = (...args: string[]): string[] => [process.execPath, ...args];
const peer = (file: string): string[] => node(join(PEERS, file));
const overPort = (command: string[]) => (port: number) => ({ command, env: { PORT: String(port) } });
const needsProgram = (name: string) => () => (findProgram(name) ? undefined : `${name} is not installed`);

let hubFolder = join(BENCH, '..');

/** Measures the hub that was built in this checkout, rather than in the one of the benchmark. */
export function useHub(folder: string): void {
  hubFolder = folder;
}

/** What `npm start` gives to Node: the hub is measured as its users run it. */
function startFlags(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(hubFolder, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };

  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

const hub = (name: string, title: string): ServerKind => ({
  name,
  title,
  command: (port) => ({
    command: node(...startFlags(), join(hubFolder, 'dist/main.js')),
    env: { PORT: String(port), LOG_LEVEL: 'warn' },
  }),
  path: '/ws/ui',
  isHub: true,
  overlays: `${ROUTE}/overlay`,
  batch: `${ROUTE}/batch`,
});

export const SERVERS: readonly ServerKind[] = [
  hub('hub', 'this hub'),
  {
    ...hub('hub-redis', 'this hub, with Redis'),
    needsRedis: true,
    missing: needsProgram('redis-server'),
  },
  {
    name: 'nest',
    isPeer: true,
    title: 'usual Nest gateway',
    command: overPort(peer('nest/dist/main.js')),
    path: '/ws/ui',
    overlays: `${ROUTE}/overlay`,
  },
  { name: 'ws', isPeer: true, title: 'plain ws', command: overPort(peer('ws.mjs')), path: '/ws/ui' },
  {
    name: 'socketio',
    isPeer: true,
    title: 'Socket.IO, with Redis',
    command: overPort(peer('socketio.mjs')),
    path: '/socket.io/?EIO=4&transport=websocket',
    isSocketIo: true,
    needsRedis: true,
    missing: needsProgram('redis-server'),
  },
  {
    name: 'uws',
    isPeer: true,
    title: 'µWebSockets.js',
    command: overPort(peer('uws.cjs')),
    path: '/ws/ui',
    missing: uwsMissing,
  },
  {
    name: 'fastapi',
    title: 'FastAPI, uvicorn',
    command: overPort(['python3', join(PEERS, 'fastapi_hub.py')]),
    path: '/ws/ui',
    missing: fastapiMissing,
  },
  { name: 'nchan', title: 'Nchan', command: nchan, path: '/ws/ui', isBare: true, missing: nchanMissing },
  {
    name: 'floor',
    title: 'floor: bare write(2) in C',
    command: (port) => ({ command: [join(tmpdir(), 'dogmonitor-bench-floor'), String(port)] }),
    path: '/ws/ui',
    isBare: true,
    missing: buildFloor,
  },
];

/** Starts one on the server's core, and waits until it listens. */
export async function startServer(kind: ServerKind): Promise<Server> {
  const redis = kind.needsRedis ? await startRedis() : undefined;
  const port = await freePort();
  const { command, env = {} } = kind.command(port);
  // An empty value is as good as none, so that the shell that runs this has no say.
  const relay = { REDIS_HOST: redis ? '127.0.0.1' : '', REDIS_PORT: redis ? String(redis.port) : '', REDIS_URL: '' };
  const child = start(command, { cores: CORES.server, env: { ...relay, ...env } });
  const stopAll = async (): Promise<void> => {
    await stop(child);
    if (redis) await stop(redis.child);
  };

  try {
    await listening(child, port);
  } catch (error) {
    await stopAll();
    throw error;
  }
  const paths = { event: ROUTE, ...(kind.overlays !== undefined && { overlay: kind.overlays }) };

  return { kind, port, pid: child.pid ?? 0, paths, stop: stopAll };
}

/** On the cores of the load: what Redis costs is not the server's. */
async function startRedis(): Promise<{ child: ChildProcess; port: number }> {
  const port = await freePort();
  const command = ['redis-server', '--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = start(command, { cores: CORES.load });
  await listening(child, port);

  return { child, port };
}

/** Installs the peers where that has not been done since their lockfile changed, and compiles the one that needs it. */
export function installPeers(): void {
  const run = (command: string, ...args: string[]): void =>
    void execFileSync(command, args, { cwd: PEERS, stdio: ['ignore', 2, 2] });
  const installed = join(PEERS, 'node_modules', '.bench-lock');
  const lock = readFileSync(join(PEERS, 'package-lock.json'), 'utf8');
  if (!existsSync(installed) || readFileSync(installed, 'utf8') !== lock) {
    console.error('installing the peers');
    run('npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund');
    writeFileSync(installed, lock);
  }
  run(process.execPath, createRequire(import.meta.url).resolve('typescript/lib/tsc.js'), '-p', 'nest');
}

function uwsMissing(): string | undefined {
  try {
    execFileSync(process.execPath, ['-e', "require('@trufflesuite/uws-js-unofficial')"], {
      cwd: PEERS,
      stdio: 'ignore',
    });
    return undefined;
  } catch {
    return 'its package has no binary for this machine';
  }
}

function fastapiMissing(): string | undefined {
  try {
    execFileSync('python3', ['-c', 'import fastapi, uvicorn, websockets'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'python3 with fastapi, uvicorn and websockets is not installed';
  }
}

/** Where the distributions put them, beside the program. */
function nchanModules(): string | undefined {
  const nginx = findProgram('nginx');
  const folders = nginx === undefined ? [] : ['lib', 'lib64'].map((lib) => join(nginx, '../..', lib, 'nginx/modules'));

  return folders.find((folder) => existsSync(join(folder, 'ngx_nchan_module.so')));
}

function nchanMissing(): string | undefined {
  return nchanModules() !== undefined ? undefined : 'nginx with its module Nchan is not installed';
}

function nchan(port: number): { command: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'nchan-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const template = readFileSync(join(PEERS, 'nchan.conf'), 'utf8');
  const config = template.replaceAll('@PORT@', String(port)).replaceAll('@MODULES@', nchanModules() ?? '');
  writeFileSync(join(folder, 'nginx.conf'), config);

  return { command: [findProgram('nginx') ?? 'nginx', '-p', folder, '-c', join(folder, 'nginx.conf')] };
}

function buildFloor(): string | undefined {
  if (process.platform !== 'linux') return 'it is written for Linux';
  if (!findProgram('cc')) return 'there is no C compiler (cc)';

  execFileSync('cc', ['-O2', '-o', join(tmpdir(), 'dogmonitor-bench-floor'), join(BENCH, 'floor.c')], {
    stdio: 'inherit',
  });
  return undefined;
}
