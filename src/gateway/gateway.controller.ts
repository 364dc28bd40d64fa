import { Controller, Get, Header } from '@nestjs/common';
import { HubError } from '../protocol/errors.js';
import type { ConnectionInfo } from './connection.js';
import { Hub } from './hub.js';

/** What of the gateway is asked over plain HTTP. */
@Controller()
export class GatewayController {
  constructor(private readonly hub: Hub) {}

  /** The connections of this instance. */
  @Get('api/connections')
  connections(): { count: number; connections: ConnectionInfo[] } {
    const connections = Array.from(this.hub.all(), (connection) => connection.info());

    return { count: connections.length, connections };
  }

  @Get('ws/ui')
  @Header('Upgrade', 'websocket')
  upgradeRequired(): never {
    throw new HubError('UPGRADE_REQUIRED', 'this is a WebSocket endpoint; connect with a WebSocket client');
  }
}
