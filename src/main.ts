import { lookup } from 'node:dns/promises';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ConfigError, type HubConfig, loadHubConfig, readEnvironment } from './config/hub-config.js';
import { unknownKeysWarning } from './config/unknown-keys.js';
import { createHub } from './create-hub.js';
import { HubLogger } from './hub-logger.js';

/** Ctrl-C reaches the process twice under npm, from the terminal and from npm itself; that is one wish, not two, in ms. */
const SAME_SIGNAL_MS = 500;

/** Connections that may wait to be accepted: a thousand dashboards come back at once when an instance restarts. */
const BACKLOG = 4_096;

/** What a shutdown may take on top of its grace before it is forced, in ms. */
const FORCE_AFTER_MS = 2_000;

const log = new Logger('Hub');

async function main(): Promise<void> {
  const environment = readEnvironment();
  const config = loadHubConfig(environment);
  Logger.overrideLogger(new HubLogger(config));
  const warning = unknownKeysWarning(environment);
  if (warning !== undefined) log.warn(warning);

  const app = await createHub(config);
  closeOnSignals(app, config);
  await listen(app, config).catch((error: unknown) => {
    throw listenProblem(error, config);
  });
  announce(app, config);
}

/** On one address: for each further one of a name Fastify opens a server that nothing of ours stands before. */
async function listen(app: NestFastifyApplication, { host, port }: HubConfig): Promise<void> {
  const { address } = await lookup(host);
  await app.listen({ port, host: address, backlog: BACKLOG });
}

/** The first signal shuts down in order, a second one at once. */
function closeOnSignals(app: NestFastifyApplication, config: HubConfig): void {
  let since: number | undefined;

  const handleSignal = (signal: NodeJS.Signals): void => {
    if (since !== undefined) {
      if (performance.now() - since > SAME_SIGNAL_MS) process.exit(1);
      return;
    }

    since = performance.now();
    log.log(`${signal}: finishing requests, closing all connections`);
    setTimeout(() => process.exit(1), config.shutdownGraceMs * 2 + FORCE_AFTER_MS).unref();
    app.close().then(() => process.exit(0), fail);
  };

  process.on('SIGTERM', handleSignal);
  process.on('SIGINT', handleSignal);
}

function announce(app: NestFastifyApplication, config: HubConfig): void {
  const { port } = app.getHttpServer().address() as AddressInfo;
  const isLocal = ['127.0.0.1', '0.0.0.0', '::', '::1', 'localhost'].includes(config.host);
  const url = `http://${isLocal ? 'localhost' : config.host}:${port}`;

  log.log(`instance ${config.instanceId} is ready`);
  log.log(`dashboard  ${url}/`);
  log.log(`WebSocket  ${url.replace(/^http/, 'ws')}/ws/ui`);
  log.log(`API        ${url}/api/events/broadcast`);
  log.log(`API docs   ${url}/api/docs`);
  log.log(`health     ${url}/health/live`);
  if (config.host === '127.0.0.1') log.log('reachable from this machine only; HOST=0.0.0.0 opens it to the network');
}

/** What is wrong with the address to listen on, in words that name the key; the error itself where it is something else. */
function listenProblem(error: unknown, { host, port }: HubConfig): unknown {
  const { code } = error as NodeJS.ErrnoException;

  switch (code) {
    case 'EADDRINUSE':
      return new ListenError(`PORT ${port} is in use on ${host} (${code})`);
    case 'EACCES':
    case 'EPERM':
      return new ListenError(`PORT ${port} may not be opened by this user (${code}): take one above 1023`);
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EAI_AGAIN':
    case 'EINVAL':
    case 'ENOTFOUND':
      return new ListenError(`HOST ${host} is no address of this machine (${code})`);
    default:
      return error;
  }
}

/** Nobody can connect here, and the operator can mend it: one line is enough. */
class ListenError extends Error {}

function fail(error: unknown): never {
  if (error instanceof ConfigError) console.error(error.message);
  else if (error instanceof ListenError) log.fatal(error.message);
  else log.error(error);
  process.exit(1);
}

main().catch(fail);
