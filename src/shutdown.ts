import { type BeforeApplicationShutdown, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { HubConfig } from './config/hub-config.js';
import { EventsModule } from './events/events.module.js';
import { EventsService } from './events/events.service.js';
import { RequestDrain } from './http/server/request-drain.js';
import { ServerModule } from './http/server/server.module.js';
import { ConnectionsModule } from './hub/connections.module.js';
import { Hub } from './hub/hub.js';
import { RelayModule } from './relay/relay.module.js';
import { Relay } from './relay/relay.js';

/**
 * The order of the end, with one deadline of `SHUTDOWN_GRACE_MS`:
 *
 * 1. No new TCP connection is accepted, and the requests in flight are answered, in at most half of it.
 * 2. The publish API is closed, and what it took is delivered.
 * 3. Each connection is closed with 1001; one that has not answered at the deadline is reset.
 * 4. HTTP connections that still send or take nothing at the deadline are cut off, and Nest closes HTTP and the other faces.
 * 5. The relay leaves: what is on its way into the log arrives, within a second.
 */
@Injectable()
export class Shutdown implements BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    private readonly requests: RequestDrain,
    private readonly events: EventsService,
    private readonly hub: Hub,
    private readonly relay: Relay,
    private readonly config: HubConfig,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    const start = performance.now();
    const deadline = start + this.config.shutdownGraceMs;

    await this.requests.drain(start + this.config.shutdownGraceMs / 2);
    await this.events.close(deadline);
    await this.hub.close(deadline);
    await this.requests.end(deadline);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.relay.close();
  }
}

@Module({ imports: [ConnectionsModule, EventsModule, RelayModule, ServerModule], providers: [Shutdown] })
export class ShutdownModule {}
