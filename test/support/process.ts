import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The repository, which is also where `dist` is. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface TestProcess {
  child: ChildProcess;
  /** All it has printed so far, both streams. */
  output(): string;
  /** Waits until the output matches; rejects with the output when the process ends first. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Ends it without mercy, if it still runs, and waits. */
  kill(): Promise<void>;
}

/** Starts `node FILE ARGUMENTS` in the repository with this environment, and nothing of the configuration of the test's own. */
export function startNode(args: readonly string[], environment: Record<string, string> = {}, cwd = ROOT): TestProcess {
  return startProgram([process.execPath, ...args], environment, { cwd });
}

/** The same for any program. `detached` makes it the head of a process group. */
export function startProgram(
  [command = '', ...args]: readonly string[],
  environment: Record<string, string>,
  options: { cwd: string; detached?: boolean },
): TestProcess {
  const { PATH, HOME } = process.env;
  const env = { ...(PATH && { PATH }), ...(HOME && { HOME }), ...environment };
  const child = spawn(command, args, { ...options, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const waiting = new Set<() => void>();
  let output = '';
  let hasEnded = false;
  const wakeAll = (): void => waiting.forEach((wake) => wake());
  const onData = (chunk: Buffer): void => {
    output += chunk.toString();
    wakeAll();
  };
  child.stdout.on('data', onData);
  child.stderr.on('data', onData);
  child.once('close', () => {
    hasEnded = true;
    wakeAll();
  });
  const exited = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));

  return {
    child,
    output: () => output,
    exited,
    async printed(pattern) {
      for (;;) {
        const match = pattern.exec(output);
        if (match) return match;
        if (hasEnded) throw new Error(`ended without ${pattern}:\n${output}`);
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
      }
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

export interface HubProcess extends TestProcess {
  url: string;
  wsUrl: string;
}

/** A built hub as a process of its own, on a free port unless told otherwise. Resolves when it serves. */
export async function startHubProcess(environment: Record<string, string> = {}): Promise<HubProcess> {
  const hub = startNode(['dist/main.js'], { PORT: '0', ...environment });
  const [, port] = await hub.printed(/WebSocket\s+ws:\/\/localhost:(\d+)/);

  return { ...hub, url: `http://127.0.0.1:${port}`, wsUrl: `ws://127.0.0.1:${port}/ws/ui` };
}
