import 'reflect-metadata';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { type HubConfig, hasRedis } from './config/hub-config.js';
import { HubLogger } from './hub-logger.js';
import { useJsonBodies } from './http/body/json-body.js';
import { serverOptions } from './http/server/server-options.js';
import { HubRedisServer } from './microservice/hub-redis.server.js';
import { Relay } from './relay/relay.js';

/**
 * Builds one instance, not listening yet.
 * @param modules further Nest modules to run in the same process; they may inject `EventsService` from `EventsModule`
 */
export async function createHub(
  config: HubConfig,
  modules: readonly (DynamicModule | Type)[] = [],
): Promise<NestFastifyApplication> {
  const root = AppModule.forRoot(config);
  const app = await NestFactory.create<NestFastifyApplication>(
    { ...root, imports: [...(root.imports ?? []), ...modules] },
    new FastifyAdapter(serverOptions(config)),
    {
      abortOnError: false,
      bodyParser: false,
      logger: new HubLogger(config),
    },
  );

  useJsonBodies(app, config.maxMessageBytes);

  if (hasRedis(config)) {
    const relay = app.get(Relay);
    const server = new HubRedisServer(config, () => relay.isInStep);
    app.connectMicroservice({ strategy: server });
    await app.startAllMicroservices();
    // Redis keeps nothing for who listens later. One that has not answered the relay holds up no start a second time.
    if (relay.state !== 'local-only') await server.listening();
  }

  return app;
}
