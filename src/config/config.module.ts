import { type DynamicModule, Global, Module } from '@nestjs/common';
import { HubConfig } from './hub-config.js';

/** Gives the configuration to whoever injects `HubConfig`. */
@Global()
@Module({})
export class ConfigModule {
  static forRoot(config: HubConfig): DynamicModule {
    return {
      module: ConfigModule,
      providers: [{ provide: HubConfig, useValue: config }],
      exports: [HubConfig],
    };
  }
}
