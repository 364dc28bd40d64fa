import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import type { HubConfig } from './config/hub-config.js';
import { HubErrorFilter } from './http/hub-error.filter.js';
import { ServerModule } from './http/server/server.module.js';
import { ALL_FACES, HubModule } from './hub.module.js';

/** The hub that stands alone: all faces, and every error of the process in the form of its own. */
@Module({ imports: [ServerModule], providers: [{ provide: APP_FILTER, useClass: HubErrorFilter }] })
export class AppModule {
  static forRoot(config: HubConfig): DynamicModule {
    return { module: AppModule, imports: [HubModule.forRoot({ ...config, faces: ALL_FACES })] };
  }
}
