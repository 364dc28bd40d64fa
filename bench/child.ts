// Starts processes on the core they are meant for, and ends them.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** How long a server may take to listen, and to end after SIGTERM, in ms. */
const START_MS = 20_000;
const STOP_MS = 3_000;

/** For 10,000 connections; where this much is not allowed, the most that is. */
const RAISE_LIMIT = 'ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)"; exec "$@"';

const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

export interface StartOptions {
  cores?: readonly number[] | undefined;
  env?: Record<string, string>;
  /** Whether the parent calls functions in it. */
  isCalled?: boolean;
}

/** A process of its own: the shell and taskset give way to the command, so that the id is the command's. */
export function start(command: readonly string[], { cores, env = {}, isCalled = false }: StartOptions): ChildProcess {
  const pinned = cores ? ['taskset', '-c', cores.join(), ...command] : command;
  const child = spawn('sh', ['-c', RAISE_LIMIT, 'sh', ...pinned], {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...(isCalled ? (['ipc'] as const) : [])],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));

  let output = '';
  const keep = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-4_000));
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  child.once('exit', (code, signal) => {
    if (code && signal === null) console.error(`${command.join(' ')} ended with ${code}:\n${output}`);
  });

  return child;
}

/** A TypeScript file of this folder as a process. */
export function startScript(file: string, options: StartOptions): ChildProcess {
  const loader = new URL('../test/chaos/typescript.mjs', import.meta.url).href;
  const path = fileURLToPath(new URL(file, import.meta.url));

  return start([process.execPath, '--import', loader, path], { ...options, isCalled: true });
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;

  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exit;
  clearTimeout(timer);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();

  return port;
}

/** Waits until the process takes connections. */
export async function listening(child: ChildProcess, port: number): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`the server ended before it listened on port ${port}`);
    if (performance.now() > deadline) throw new Error(`nothing listens on port ${port}`);
    await delay(50);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
