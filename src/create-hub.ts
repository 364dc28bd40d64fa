import 'reflect-metadata';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import type { HubConfig } from './config/hub-config.js';
import { HubLogger } from './hub-logger.js';
import { useJsonBodies } from './http/body/json-body.js';
import { serverOptions } from './http/server/server-options.js';
import { connectHubMicroservice } from './microservice/connect-microservice.js';

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

  await connectHubMicroservice(app);

  return app;
}
