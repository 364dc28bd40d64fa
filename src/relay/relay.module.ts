import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { HubConfig, hasRedis } from '../config/hub-config.js';
import { MemoryRelay } from './memory-relay.js';
import { RedisRelay } from './redis/redis-relay.js';
import { Presence, Relay } from './relay.js';

/** Chooses the adapter from the configuration. Nothing else names one. */
@Module({
  providers: [
    {
      provide: Relay,
      useFactory: (config: HubConfig) => (hasRedis(config) ? RedisRelay.open(config) : new MemoryRelay(config)),
      inject: [HubConfig],
    },
    { provide: Presence, useFactory: (relay: Relay) => relay.presence, inject: [Relay] },
  ],
  exports: [Relay, Presence],
})
export class RelayModule implements OnApplicationShutdown {
  constructor(@Inject(Relay) private readonly relay: Relay) {}

  async onApplicationShutdown(): Promise<void> {
    await this.relay.close();
  }
}
