import { ConfigurableModuleBuilder, type DynamicModule, Module, type Type } from '@nestjs/common';
import { HubConfigModule } from './config/hub-config.module.js';
import type { HubOptions } from './config/hub-options.js';
import { DocsModule } from './docs/docs.module.js';
import { EventsModule } from './events/events.module.js';
import { EventsService } from './events/events.service.js';
import { GatewayModule } from './gateway/gateway.module.js';
import { HealthModule } from './health/health.module.js';
import { HttpModule } from './http/http.module.js';
import { Refusals } from './http/server/refusals.js';
import { RequestGate } from './http/server/request-gate.js';
import { ServerModule } from './http/server/server.module.js';
import { ConnectionsModule } from './hub/connections.module.js';
import { Hub } from './hub/hub.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { MicroserviceModule } from './microservice/microservice.module.js';
import { PageModule } from './page/page.module.js';
import { RelayModule, type RelayProvider } from './relay/relay.module.js';
import { ShutdownModule } from './shutdown.js';

const metrics = MetricsModule.of({
  imports: [ConnectionsModule, EventsModule, ServerModule],
  inject: [EventsService, Hub, Refusals, RequestGate],
  useFactory: ({ published }: EventsService, hub: Hub, { counts: refusedHttp }: Refusals, gate: RequestGate) => ({
    look: () => ({ published, refusedHttp, unreadAnswers: gate.unreadAnswers, ...hub.counts() }),
  }),
});

/** Each face of the hub, by its name in `faces`. */
const FACES = {
  /** The routes under `/api/events` and `/api/connections`. */
  http: HttpModule,
  /** The dashboard at `/`. */
  page: PageModule,
  /** The API as a page and as OpenAPI. */
  docs: DocsModule,
  health: HealthModule,
  metrics,
  /** The patterns `dogmonitor.*` for other Nest services; `connectHubMicroservice(app)` listens for them. */
  microservice: MicroserviceModule,
} satisfies Record<string, DynamicModule | Type>;

export type Face = keyof typeof FACES;

/** All faces of a hub that stands alone. */
export const ALL_FACES: Record<Face, boolean> = {
  http: true,
  page: true,
  docs: true,
  health: true,
  metrics: true,
  microservice: true,
};

/** What must be known before anything is made, also by `forRootAsync`. */
export interface HubExtras {
  /**
   * Path of the WebSocket endpoint.
   * @default '/ws/ui'
   */
  path: string;
  /**
   * Whether every module may inject `EventsService` without an import.
   * @default false
   */
  isGlobal: boolean;
  /**
   * Which faces the hub shows; the others have no routes.
   * @default { http: true }
   */
  faces: Partial<Record<Face, boolean>>;
  /** A relay of your own, in place of memory or Redis. */
  relay?: RelayProvider;
}

const DEFAULTS: HubExtras = { path: '/ws/ui', isGlobal: false, faces: {} };

const OPTIONS = Symbol('options of the hub');

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<HubOptions>({ optionsInjectionToken: OPTIONS })
  .setClassMethodName('forRoot')
  .setExtras<HubExtras>(DEFAULTS, ({ imports, providers, ...definition }, { path, isGlobal, faces, relay }) => {
    const shown = { http: true, ...faces };

    return {
      ...definition,
      global: isGlobal,
      imports: [
        HubConfigModule.of(OPTIONS, { ...(imports && { imports }), ...(providers && { providers }) }),
        ...(relay ? [RelayModule.replacedBy(relay)] : []),
        GatewayModule.at(path),
        EventsModule,
        ShutdownModule,
        ...Object.entries(FACES).flatMap(([face, module]) => (shown[face as Face] ? [module] : [])),
      ],
      exports: [EventsModule],
    };
  })
  .build();

/**
 * The hub in a Nest application, by one import. The socket, its routes and `EventsService` come with it; what else the
 * application has stays as it is. Needs `@nestjs/platform-fastify`.
 */
@Module({})
export class HubModule extends ConfigurableModuleClass {}
