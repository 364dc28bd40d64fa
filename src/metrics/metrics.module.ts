import { type DynamicModule, type FactoryProvider, Module, type ModuleMetadata } from '@nestjs/common';
import { RelayModule } from '../relay/relay.module.js';
import { MetricsController } from './metrics.controller.js';
import { Observed } from './observed.js';

type Source = Pick<ModuleMetadata, 'imports'> & Pick<FactoryProvider<Observed>, 'inject' | 'useFactory'>;

@Module({})
export class MetricsModule {
  /** @param source how to get at what is observed, from what other modules export */
  static of({ imports = [], ...provider }: Source): DynamicModule {
    return {
      module: MetricsModule,
      imports: [RelayModule, ...imports],
      controllers: [MetricsController],
      providers: [{ provide: Observed, ...provider }],
    };
  }
}
