import type { AddressInfo } from 'node:net';
import type { DynamicModule, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { HubConfig, loadHubConfig } from '../../src/config/hub-config.js';
import { createHub } from '../../src/create-hub.js';
import { Relay } from '../../src/relay/relay.js';
import { PATIENCE_MS, until } from './cluster.js';

export interface TestHub {
  app: NestFastifyApplication;
  /** `http://127.0.0.1:<port>` */
  url: string;
  /** `ws://127.0.0.1:<port>/ws/ui` */
  wsUrl: string;
  close(): Promise<void>;
}

/** A real hub in this process on a free port. */
export async function startHub(
  environment: Record<string, string> = {},
  modules: readonly (DynamicModule | Type)[] = [],
): Promise<TestHub> {
  const config: HubConfig = loadHubConfig({ PORT: '0', LOG_LEVEL: 'error', ...environment });
  const app = await createHub(config, modules);
  await app.listen(config.port, config.host);
  const { port } = app.getHttpServer().address() as AddressInfo;

  return { app, url: `http://127.0.0.1:${port}`, wsUrl: `ws://127.0.0.1:${port}/ws/ui`, close: () => app.close() };
}

/** The same, in step with the others over Redis: a start does not wait for that longer than a moment. */
export async function startSharedHub(environment: Record<string, string>): Promise<TestHub> {
  const hub = await startHub(environment);
  const relay = hub.app.get(Relay);
  await until(
    PATIENCE_MS,
    () => relay.state === 'shared',
    () => relay.state,
  );

  return hub;
}
