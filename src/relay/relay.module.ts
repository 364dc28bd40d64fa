import { type DynamicModule, type FactoryProvider, Module, type Type } from '@nestjs/common';
import { HubConfig, hasRedis } from '../config/hub-config.js';
import { MemoryRelay } from './memory-relay.js';
import { RedisRelay } from './redis/redis-relay.js';
import { Presence, Relay } from './relay.js';

/** A relay of an application's own: a class to inject into, or a factory. */
export type RelayProvider = { useClass: Type<Relay> } | Pick<FactoryProvider<Relay>, 'useFactory' | 'inject'>;

const CUSTOM_RELAY = Symbol('a relay of the application');

/** Gives a relay that takes the place of those of the hub. */
@Module({})
class CustomRelayModule {}

/** Chooses the adapter from the configuration. Nothing else names one. */
@Module({
  providers: [
    {
      provide: Relay,
      useFactory: (config: HubConfig, custom?: Relay) =>
        custom ?? (hasRedis(config) ? RedisRelay.open(config) : new MemoryRelay(config)),
      inject: [HubConfig, { token: CUSTOM_RELAY, optional: true }],
    },
    { provide: Presence, useFactory: (relay: Relay) => relay.presence, inject: [Relay] },
  ],
  exports: [Relay, Presence],
})
export class RelayModule {
  /** Puts another relay in place of memory and Redis. */
  static replacedBy(provider: RelayProvider): DynamicModule {
    return {
      module: CustomRelayModule,
      global: true,
      providers: [{ provide: CUSTOM_RELAY, ...provider }],
      exports: [CUSTOM_RELAY],
    };
  }
}
