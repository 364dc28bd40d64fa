import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { HubConfig } from '../config/hub-config.js';
import { LocalPresence, MemoryRelay } from './memory-relay.js';
import { Presence, Relay } from './relay.js';

/** Chooses the adapter from the configuration. Nothing else names one. */
@Module({
  providers: [
    { provide: Relay, useFactory: (config: HubConfig) => new MemoryRelay(config), inject: [HubConfig] },
    { provide: Presence, useClass: LocalPresence },
  ],
  exports: [Relay, Presence],
})
export class RelayModule implements OnApplicationShutdown {
  constructor(@Inject(Relay) private readonly relay: Relay) {}

  async onApplicationShutdown(): Promise<void> {
    await this.relay.close();
  }
}
