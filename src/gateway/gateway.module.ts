import { type DynamicModule, Module, type OnModuleInit } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { ConnectionsModule } from '../hub/connections.module.js';
import { HubWsAdapter, SOCKET_PATH } from './hub-ws.adapter.js';
import { uiGatewayAt } from './ui.gateway.js';

/** The WebSocket endpoint, with the adapter that it needs. */
@Module({})
export class GatewayModule implements OnModuleInit {
  /** @param path of the endpoint */
  static at(path: string): DynamicModule {
    return {
      module: GatewayModule,
      imports: [ConnectionsModule],
      providers: [HubWsAdapter, { provide: SOCKET_PATH, useValue: path }, uiGatewayAt(path)],
    };
  }

  constructor(
    private readonly application: ApplicationConfig,
    adapter: HubWsAdapter,
  ) {
    application.setIoAdapter(adapter);
  }

  /** Under another adapter the endpoint would accept clients and tell them nothing. */
  onModuleInit(): void {
    if (this.application.getIoAdapter() instanceof HubWsAdapter) return;

    throw new Error(
      'the WebSocket adapter of the hub was replaced by useWebSocketAdapter(): leave that call out, since HubWsAdapter ' +
        'gives every other gateway the behaviour of WsAdapter',
    );
  }
}
