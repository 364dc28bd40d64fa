import { UseFilters } from '@nestjs/common';
import {
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { HubConfig } from '../config/hub-config.js';
import type { ConnectionMessage, PongMessage } from '../protocol/messages.js';
import type { Connection } from './connection.js';
import { WsErrorFilter } from './error-message.js';
import { Hub } from './hub.js';

/** The endpoint for dashboards: greets, registers, and answers what a client asks. */
@WebSocketGateway({ path: '/ws/ui' })
@UseFilters(WsErrorFilter)
export class UiGateway implements OnGatewayConnection<Connection>, OnGatewayDisconnect<Connection> {
  constructor(
    private readonly hub: Hub,
    private readonly config: HubConfig,
  ) {}

  handleConnection(connection: Connection): void {
    // Greeting and registering happen in one go, so the greeting is first and no broadcast is missed after it.
    connection.send(this.greeting(connection.id));
    this.hub.add(connection);
  }

  handleDisconnect(connection: Connection): void {
    this.hub.remove(connection.id);
  }

  @SubscribeMessage('ping')
  handlePing(): PongMessage {
    return { type: 'pong', data: { server_time: new Date().toISOString() } };
  }

  private greeting(connectionId: string): ConnectionMessage {
    return {
      type: 'connection',
      data: {
        status: 'connected',
        connection_id: connectionId,
        instance_id: this.config.instanceId,
        server_time: new Date().toISOString(),
      },
    };
  }
}
