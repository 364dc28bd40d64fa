#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { demo } from './demo.js';
import { type Command, InputError, UsageError } from './options.js';
import { replay } from './replay.js';
import { watch } from './watch.js';

const HELP = `Usage: dogmonitor-hub <command> [options]

Commands:
  watch          print what the hub broadcasts, a line a message
  replay FILE    post a recorded trace to the hub, at its own pace
  demo           post the life of a simulated dog to the hub

Options:
  -h, --help     show this help, or that of a command
  -V, --version  show the version

In a checkout: npm run watch, npm run replay -- FILE, npm run demo
`;

const COMMANDS = new Map<string, Command>([
  ['watch', watch],
  ['replay', replay],
  ['demo', demo],
]);

/** Gives the exit code. */
async function main([name = '', ...args]: readonly string[]): Promise<number> {
  if (name === '--help' || name === '-h') return print(HELP);
  if (name === '--version' || name === '-V') return print(`${version()}\n`);

  const command = COMMANDS.get(name);
  if (command && args.some((arg) => arg === '--help' || arg === '-h')) return print(command.help);

  try {
    if (command) return await command.run(args);
    const what = name.startsWith('-') ? 'unknown option' : 'unknown command';
    throw new UsageError(name === '' ? 'a command is needed: watch, replay or demo' : `${what} '${name}'`);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    console.error(error.message);
    if (error instanceof UsageError) console.error(`for help: dogmonitor-hub ${command ? `${name} ` : ''}--help`);
    return 2;
  }
}

function print(text: string): number {
  process.stdout.write(text);

  return 0;
}

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');

  return (JSON.parse(manifest) as { version: string }).version;
}

// `| head` closes the pipe when it has seen enough: that is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1));
}

process.exitCode = await main(process.argv.slice(2));
