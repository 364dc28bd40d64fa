import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';

const START_TIMEOUT_MS = 60_000;
const COMMAND_TIMEOUT_MS = 5_000;

/**
 * For hubs that are to share each message however slow the machine is: with the default, one whose Redis does not get the
 * processor in time rightly goes ahead of the log.
 */
export const PATIENT_WITH_REDIS = { SHARE_DEADLINE_MS: '10000' };

const HOW_TO_GET_IT = `the tests start a real redis-server, and there is none in the PATH:
  Debian, Ubuntu   sudo apt-get install redis-server
  macOS            brew install redis
  Windows          use WSL (wsl --install), and there the line for Ubuntu`;

export interface RedisOptions {
  /** @default a free one */
  port?: number;
  /** Writes every command to disk before it answers, so that a kill forgets nothing. @default false */
  persistent?: boolean;
  /** More of `redis-server`'s own options, such as `['--requirepass', 'x']`. */
  args?: readonly string[];
  /** The file of a sentinel, which this is then, instead of a server that keeps data. */
  sentinel?: string;
}

/** A real redis-server of the test's own, which it may kill, freeze and wipe. */
export class RedisProcess {
  private child: ChildProcess | undefined;
  private readonly clients = new Set<Redis>();

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly isPersistent: boolean,
    private readonly args: readonly string[],
    private readonly sentinel: string | undefined,
  ) {}

  static async start({ port, persistent = false, args = [], sentinel }: RedisOptions = {}): Promise<RedisProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'hub-redis-'));
    const redis = new RedisProcess(port ?? (await freePort()), folder, persistent, args, sentinel);
    try {
      await redis.spawn();
    } catch (error) {
      await redis.stop();
      throw error;
    }

    return redis;
  }

  /** The id of the process; `undefined` while none runs. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** `kill -9`, also of a frozen one. What was not on disk is forgotten. */
  async kill(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;

    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** Starts it again on the same port: with what it had if it is persistent, empty otherwise. */
  async restart(): Promise<void> {
    await this.kill();
    await this.spawn();
  }

  /** From now on it answers nobody, and its connections stay open. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  /** It goes on where it was, with all that was sent to it meanwhile. */
  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  /** Ends it for good and removes its folder. Stopping twice does nothing. */
  async stop(): Promise<void> {
    for (const client of this.clients) client.disconnect();
    this.thaw();
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A client of its own, which ends with this Redis. */
  client(password = ''): Redis {
    const client = new Redis({
      host: '127.0.0.1',
      port: this.port,
      commandTimeout: COMMAND_TIMEOUT_MS,
      protocol: 2,
      ...(password && { password }),
    });
    client.on('error', () => undefined);
    this.clients.add(client);
    client.once('end', () => this.clients.delete(client));

    return client;
  }

  /** Runs one command, as redis-cli does. */
  async cli(command: string, ...args: (string | number | Buffer)[]): Promise<unknown> {
    const client = this.client();
    try {
      return await client.call(command, ...args);
    } finally {
      client.disconnect();
    }
  }

  private async spawn(): Promise<void> {
    const persistence = this.isPersistent ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
    const server = [
      ...['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.folder, '--daemonize', 'no'],
      ...['--save', '', ...persistence],
    ];
    const child = spawn(
      'redis-server',
      [...(this.sentinel === undefined ? server : [this.sentinel, '--sentinel']), ...this.args],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env } },
    );
    this.child = child;
    await untilReady(child);
  }
}

export function startRedis(options: RedisOptions = {}): Promise<RedisProcess> {
  return RedisProcess.start(options);
}

/**
 * A port that nobody listens on, below those that the system gives to outgoing connections: while its server is down,
 * no connection, not even one to itself, can take it.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port)) return port;
  }

  throw new Error('no free port from 20000 to 31999');
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();

  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function untilReady(child: ChildProcess): Promise<void> {
  let output = '';
  const ready = new Promise<void>((resolve, reject) => {
    const handleOutput = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-10_000);
      if (/Ready to accept connections|Sentinel ID is/.test(output)) resolve();
    };
    child.stdout?.on('data', handleOutput);
    child.stderr?.on('data', handleOutput);
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new Error(HOW_TO_GET_IT, { cause: error }) : error),
    );
    child.once('exit', () => reject(new Error(`redis-server ended at once:\n${output}`)));
  });

  const timeout = new AbortController();
  const late = delay(START_TIMEOUT_MS, undefined, { signal: timeout.signal }).then(
    () => Promise.reject(new Error(`redis-server is not ready after ${START_TIMEOUT_MS} ms:\n${output}`)),
    () => undefined,
  );
  try {
    await Promise.race([ready, late]);
  } finally {
    timeout.abort();
  }
}
