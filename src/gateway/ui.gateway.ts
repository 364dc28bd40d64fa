import { UseFilters } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { parseFilter } from '../protocol/filter.js';
import type { PongMessage } from '../protocol/messages.js';
import type { Connection } from './connection.js';
import { WsErrorFilter } from './error-message.js';
import { Hub } from './hub.js';
import type { Subscription } from './subscription.js';

/** The endpoint for dashboards: lets them join, and answers what they ask. */
@WebSocketGateway({ path: '/ws/ui' })
@UseFilters(WsErrorFilter)
export class UiGateway implements OnGatewayConnection<Connection> {
  constructor(private readonly hub: Hub) {}

  handleConnection(connection: Connection, subscription: Subscription): void {
    this.hub.join(connection, subscription);
  }

  @SubscribeMessage('ping')
  handlePing(): PongMessage {
    return { type: 'pong', data: { server_time: new Date().toISOString() } };
  }

  /** Answered by the hub itself, in the same turn as the change. */
  @SubscribeMessage('subscribe')
  handleSubscribe(@ConnectedSocket() connection: Connection, @MessageBody() data: unknown): void {
    this.hub.setFilter(connection, parseFilter(data));
  }
}
