import { ConsoleLogger } from '@nestjs/common';
import type { HubConfig } from './config/hub-config.js';

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

/** Nest's logger, in text or JSON; the framework's boot lines are debug. */
export class HubLogger extends ConsoleLogger {
  constructor({ logFormat, logLevel }: HubConfig) {
    super({
      colors: logFormat === 'text' && process.stdout.isTTY === true,
      json: logFormat === 'json',
      prefix: 'hub',
      logLevels: [...LEVELS[logLevel]],
    });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (typeof context === 'string' && BOOT_CONTEXTS.has(context)) super.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}
