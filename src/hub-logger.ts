import { inspect } from 'node:util';
import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import type { HubConfig } from './config/hub-config.js';
import { printable } from './protocol/printable.js';
import { writeLog } from './standard-streams.js';

const LEVELS = {
  debug: ['debug', 'log', 'warn', 'error', 'fatal'],
  info: ['log', 'warn', 'error', 'fatal'],
  warn: ['warn', 'error', 'fatal'],
  error: ['error', 'fatal'],
} as const;

/** Parts of Nest that tell at boot what the code says too. */
const BOOT_CONTEXTS = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
  'WebSocketsController',
]);

/** Longest text of an entry, and longest line of a stack, in characters: what is logged may have come from outside. */
const MAX_TEXT_LENGTH = 2_000;

/** Most lines of a stack. */
const MAX_FRAMES = 20;

/** What an entry says, on one line, and where it happened. */
interface Entry {
  text: string;
  frames: readonly string[];
}

/**
 * Nest's logger, in text or JSON; the framework's boot lines are debug. An entry is bounded, and one line but for the frames
 * of a stack. A log that cannot be written is no fault of the hub's.
 */
export class HubLogger extends ConsoleLogger {
  private readonly isJson: boolean;
  /** Entries that nobody read. */
  private dropped = 0;

  constructor({ logFormat, logLevel }: Pick<HubConfig, 'logFormat' | 'logLevel'>) {
    super({
      colors: logFormat === 'text' && process.stdout.isTTY === true,
      json: logFormat === 'json',
      prefix: 'hub',
      logLevels: [...LEVELS[logLevel]],
    });
    this.isJson = logFormat === 'json';
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (isOfBoot(rest)) super.debug(message, ...rest);
    else super.log(message, ...rest);
  }

  /** What they fail at is thrown too, and told where it is caught. */
  override error(message: unknown, ...rest: unknown[]): void {
    if (isOfBoot(rest)) super.debug(message, ...rest);
    else super.error(message, ...rest);
  }

  protected override printMessages(
    messages: unknown[],
    context = '',
    level: LogLevel = 'log',
    stream: 'stdout' | 'stderr' = 'stdout',
    stack?: unknown,
  ): void {
    for (const message of messages) {
      const entry = entryOf(this.resolveMessage(message), stack);
      const text = this.isJson ? jsonOf(entry, context, level) : this.linesOf(entry, context, level);
      if (!writeLog(stream, text)) {
        this.dropped++;
        continue;
      }
      if (this.dropped === 0) continue;

      const { dropped } = this;
      this.dropped = 0;
      this.warn(`${dropped} log entries were dropped: nobody read them`, 'Log');
    }
  }

  /** It is part of the entry already. */
  protected override printStackTrace(): void {}

  private linesOf({ text, frames }: Entry, context: string, level: LogLevel): string {
    const [pid, name] = [this.formatPid(process.pid), level.toUpperCase().padStart(7)];
    const colours = [this.colorize(pid, level), this.colorize(name, level)] as const;
    const line = this.formatMessage(level, printable(text), ...colours, this.formatContext(printable(context)), '');

    return `${line}${frames.map((frame) => `    ${printable(frame)}\n`).join('')}`;
  }
}

function isOfBoot(rest: readonly unknown[]): boolean {
  const context = rest.at(-1);

  return typeof context === 'string' && BOOT_CONTEXTS.has(context);
}

function jsonOf({ text, frames }: Entry, context: string, level: LogLevel): string {
  const json = JSON.stringify({
    // As `LOG_LEVEL` calls it.
    level: level === 'log' ? 'info' : level,
    pid: process.pid,
    timestamp: Date.now(),
    message: text,
    ...(context && { context }),
    ...(frames.length > 0 && { stack: frames.join('\n') }),
  });

  // What JSON lets through can be in strings only, where these escapes say the same.
  return `${printable(json)}\n`;
}

function entryOf(message: unknown, stack: unknown): Entry {
  if (message instanceof Error) return { text: bounded(headlineOf(message)), frames: framesOf(message.stack) };

  const text = typeof message === 'string' ? message : inspect(message, { breakLength: Infinity, compact: true });

  return { text: bounded(text), frames: framesOf(stack) };
}

/** The error, and what caused it. */
function headlineOf({ name, message, cause }: Error): string {
  return `${name}: ${message}${cause instanceof Error ? `; the cause: ${cause.name}: ${cause.message}` : ''}`;
}

/** The places of a stack, without the message it begins with. */
function framesOf(stack: unknown): string[] {
  if (typeof stack !== 'string') return [];
  const frames = stack.split('\n').filter((line) => /^ +at /.test(line));

  return frames.slice(-MAX_FRAMES).map((frame) => bounded(frame.trim()));
}

function bounded(text: string): string {
  const more = text.length - MAX_TEXT_LENGTH;

  return more > 0 ? `${text.slice(0, MAX_TEXT_LENGTH)}… (${more} more characters)` : text;
}
