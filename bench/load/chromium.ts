// A Chromium of one's own, by its debugging protocol alone. Playwright holds every page for a visible one, whatever is
// done to it; here a tab behind another is hidden, as a person's is: no animation frames, timers once a second.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';

const FLAGS = ['--headless=new', '--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--no-first-run'];
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** What the protocol answers to the methods that are used here. */
interface Answers {
  'Browser.getVersion': { product: string };
  'Target.createTarget': { targetId: string };
  'Target.attachToTarget': { sessionId: string };
  'Runtime.evaluate': {
    result: { value: unknown };
    exceptionDetails?: { text: string; exception?: { description?: string } };
  };
  'Performance.getMetrics': { metrics: { name: string; value: number }[] };
}

type AnswerTo<M extends string> = M extends keyof Answers ? Answers[M] : unknown;

/** An event of the protocol. */
export interface ProtocolEvent {
  method: string;
  params: Record<string, unknown>;
}

interface Call {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

interface Incoming extends Partial<ProtocolEvent> {
  id?: number;
  result?: unknown;
  error?: { message: string };
}

/** One session of the protocol with one tab. */
export class Session {
  constructor(
    private readonly browser: Chromium,
    private readonly sessionId: string,
  ) {}

  send<M extends string>(method: M, params: object = {}): Promise<AnswerTo<M>> {
    return this.browser.send(method, params, this.sessionId);
  }

  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);

    return result.value as T;
  }
}

export class Chromium {
  private readonly calls = new Map<number | undefined, Call>();
  private lastId = 0;
  private readonly listeners = new Set<(event: ProtocolEvent) => void>();

  static async open({ width, height }: { width: number; height: number }): Promise<Chromium> {
    const folder = mkdtempSync(join(tmpdir(), 'bench-chromium-'));
    const args = [`--user-data-dir=${folder}`, `--window-size=${width},${height}`, '--remote-debugging-port=0'];
    const program = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
    // A group of its own: what it starts ends with it.
    const child = spawn(program, [...FLAGS, ...QUIET, ...args], {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const kill = (): void => signalGroup(child, 'SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    let output = '';
    const url = await new Promise<string>((resolve, reject) => {
      child.once('exit', () => reject(new Error(`Chromium has ended:\n${output}`)));
      child.stderr.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const [found] = /ws:\/\/\S+/.exec(output) ?? [];
        if (found) resolve(found);
      });
    });
    const socket = new WebSocket(url, { maxPayload: 1e9 });
    await once(socket, 'open');

    return new Chromium(child, folder, socket);
  }

  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly socket: WebSocket,
  ) {
    socket.on('message', (text: Buffer) => {
      const { id, result, error, method, params = {} } = JSON.parse(text.toString()) as Incoming;
      const call = this.calls.get(id);
      this.calls.delete(id);
      if (error) call?.reject(new Error(error.message));
      else call?.resolve(result);
      if (method) for (const listener of this.listeners) listener({ method, params });
    });
  }

  /** Calls the listener with each event of the protocol. */
  onEvent(listener: (event: ProtocolEvent) => void): void {
    this.listeners.add(listener);
  }

  send<M extends string>(method: M, params: object = {}, sessionId?: string): Promise<AnswerTo<M>> {
    const id = ++this.lastId;
    this.socket.send(JSON.stringify({ id, method, params, sessionId }));

    return new Promise<unknown>((resolve, reject) => this.calls.set(id, { resolve, reject })) as Promise<AnswerTo<M>>;
  }

  async version(): Promise<string> {
    return (await this.send('Browser.getVersion')).product;
  }

  /** A new tab, in front of all others. */
  async openTab(url: string): Promise<string> {
    return (await this.send('Target.createTarget', { url })).targetId;
  }

  async attach(targetId: string): Promise<Session> {
    return new Session(this, (await this.send('Target.attachToTarget', { targetId, flatten: true })).sessionId);
  }

  async close(): Promise<void> {
    const ended = once(this.child, 'exit');
    signalGroup(this.child, 'SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid !== undefined) process.kill(-pid, signal);
}
