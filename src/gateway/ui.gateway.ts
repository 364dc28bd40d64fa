import { type Type, UseFilters } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { invalidMessage } from '../protocol/errors.js';
import { parseFilter } from '../protocol/filter.js';
import type { PongMessage } from '../protocol/messages.js';
import { isJsonObject } from '../protocol/rules.js';
import type { Connection } from '../connection/connection.js';
import { WsErrorFilter } from './ws-error.filter.js';
import { Hub } from '../hub/hub.js';
import type { Subscription } from '../hub/subscription.js';
import { WebSocketConnection } from '../connection/websocket-connection.js';

/** The endpoint for dashboards: lets them join, and answers what they ask. */
@UseFilters(WsErrorFilter)
export class UiGateway implements OnGatewayConnection<Connection> {
  constructor(private readonly hub: Hub) {}

  handleConnection(connection: Connection, subscription: Subscription): void {
    this.hub.join(connection, subscription);
  }

  @SubscribeMessage('ping')
  handlePing(@ConnectedSocket() connection: Connection): PongMessage {
    const { conflated } = connection.info();

    return { type: 'pong', data: { server_time: new Date().toISOString(), ...(conflated > 0 && { conflated }) } };
  }

  /** Of a client that said `acks=1`: how many messages it has handled since it connected, the greeting included. */
  @SubscribeMessage('ack')
  handleAck(@ConnectedSocket() connection: WebSocketConnection, @MessageBody() data: unknown): void {
    const received = isJsonObject(data) ? data['received'] : undefined;
    if (typeof received !== 'number' || !Number.isSafeInteger(received) || received < 0) {
      const message = 'data.received must be the number of messages handled so far';
      throw invalidMessage([{ field: 'data.received', rule: 'count', message }]);
    }

    if (!connection.acknowledge(received)) {
      const message = 'data.received must be no more than the number of messages sent';
      throw invalidMessage([{ field: 'data.received', rule: 'sent', message }]);
    }
  }

  /** Answered by the hub itself, in the same turn as the change. */
  @SubscribeMessage('subscribe')
  handleSubscribe(@ConnectedSocket() connection: Connection, @MessageBody() data: unknown): void {
    this.hub.setFilter(connection, parseFilter(data));
  }
}

/** The gateway, at this path. */
export function uiGatewayAt(path: string): Type<UiGateway> {
  @WebSocketGateway({ path })
  class PlacedUiGateway extends UiGateway {}

  return PlacedUiGateway;
}
