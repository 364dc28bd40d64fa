import { startNode, type TestProcess } from '../support/process.js';

export interface CliProcess extends TestProcess {
  /** What it has printed on stdout alone. */
  stdout(): string;
}

/** Starts the built program with these arguments. */
export function startCli(args: readonly string[], environment: Record<string, string> = {}): CliProcess {
  const started = startNode(['dist/cli/main.js', ...args], environment);
  let stdout = '';
  started.child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));

  return { ...started, stdout: () => stdout };
}
