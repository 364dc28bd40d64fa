import { type DynamicModule, type InjectionToken, Module, type ModuleMetadata } from '@nestjs/common';
import { HubConfig } from './hub-config.js';
import { hubConfigFrom } from './hub-options.js';

/** Gives the configuration to whoever injects `HubConfig`. */
@Module({})
export class HubConfigModule {
  /** @param options the token of the options, which one of the providers gives */
  static of(options: InjectionToken, { imports = [], providers = [] }: ModuleMetadata): DynamicModule {
    return {
      module: HubConfigModule,
      global: true,
      imports,
      providers: [...providers, { provide: HubConfig, useFactory: hubConfigFrom, inject: [options] }],
      exports: [HubConfig],
    };
  }
}
