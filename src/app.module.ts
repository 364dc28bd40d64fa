import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule } from './config/config.module.js';
import type { HubConfig } from './config/hub-config.js';
import { DocsModule } from './docs/docs.module.js';
import { EventsModule } from './events/events.module.js';
import { EventsService } from './events/events.service.js';
import { GatewayModule } from './gateway/gateway.module.js';
import { HealthModule } from './health/health.module.js';
import { HttpModule } from './http/http.module.js';
import { ConnectionsModule } from './hub/connections.module.js';
import { Hub } from './hub/hub.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { MicroserviceModule } from './microservice/microservice.module.js';
import { PageModule } from './page/page.module.js';

const metrics = MetricsModule.of({
  imports: [ConnectionsModule, EventsModule],
  inject: [EventsService, Hub],
  useFactory: ({ published }: EventsService, hub: Hub) => ({ look: () => ({ published, ...hub.counts() }) }),
});

@Module({
  imports: [DocsModule, EventsModule, GatewayModule, HealthModule, HttpModule, metrics, MicroserviceModule, PageModule],
})
export class AppModule {
  static forRoot(config: HubConfig): DynamicModule {
    return { module: AppModule, imports: [ConfigModule.forRoot(config)] };
  }
}
