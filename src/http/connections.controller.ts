import { Controller, Get, Header, UseFilters } from '@nestjs/common';
import { HubConfig } from '../config/hub-config.js';
import { HubError } from '../protocol/errors.js';
import { Presence } from '../relay/relay.js';
import type { ConnectionInfo } from '../connection/connection-info.js';
import { Hub } from '../hub/hub.js';
import { HubErrorFilter } from './hub-error.filter.js';

/** How many connections an instance has. */
export interface InstanceInfo {
  instance_id: string;
  count: number;
}

/** What of the connections is asked over plain HTTP. */
@Controller()
@UseFilters(HubErrorFilter)
export class ConnectionsController {
  constructor(
    private readonly hub: Hub,
    private readonly presence: Presence,
    private readonly config: HubConfig,
  ) {}

  /** The connections of this instance, and how many each instance has: this one first, the others some seconds old. */
  @Get('api/connections')
  connections(): { count: number; instances: InstanceInfo[]; connections: ConnectionInfo[] } {
    const connections = Array.from(this.hub.all(), (connection) => connection.info());
    const count = connections.length;
    const others = Array.from(this.presence.others(), ([instance_id, count]) => ({ instance_id, count }));

    return { count, instances: [{ instance_id: this.config.instanceId, count }, ...others], connections };
  }

  @Get('ws/ui')
  @Header('Upgrade', 'websocket')
  upgradeRequired(): never {
    throw new HubError('UPGRADE_REQUIRED', 'this is a WebSocket endpoint; connect with a WebSocket client');
  }
}
