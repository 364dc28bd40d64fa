import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule } from './config/config.module.js';
import type { HubConfig } from './config/hub-config.js';
import { EventsModule } from './events/events.module.js';
import { GatewayModule } from './gateway/gateway.module.js';
import { HealthModule } from './health/health.module.js';
import { HttpModule } from './http/http.module.js';
import { MicroserviceModule } from './microservice/microservice.module.js';
import { PageModule } from './page/page.module.js';

@Module({ imports: [EventsModule, GatewayModule, HealthModule, HttpModule, MicroserviceModule, PageModule] })
export class AppModule {
  static forRoot(config: HubConfig): DynamicModule {
    return { module: AppModule, imports: [ConfigModule.forRoot(config)] };
  }
}
