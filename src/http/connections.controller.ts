import { Controller, Get, Header, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { HubConfig } from '../config/hub-config.js';
import { HubError } from '../protocol/errors.js';
import { Presence } from '../relay/relay.js';
import type { Connection } from '../connection/connection.js';
import { Hub } from '../hub/hub.js';
import { HubErrorFilter } from './hub-error.filter.js';
import { sliced } from './server/sliced.js';

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
  connections(@Res() reply: FastifyReply): void {
    const connections = [...this.hub.all()];
    const count = connections.length;
    const others = Array.from(this.presence.others(), ([instance_id, count]) => ({ instance_id, count }));
    const instances: InstanceInfo[] = [{ instance_id: this.config.instanceId, count }, ...others];

    reply.header('content-type', 'application/json; charset=utf-8');
    void reply.send(sliced(connectionsJson({ count, instances }, connections)));
  }

  @Get('ws/ui')
  @Header('Upgrade', 'websocket')
  upgradeRequired(): never {
    throw new HubError('UPGRADE_REQUIRED', 'this is a WebSocket endpoint; connect with a WebSocket client');
  }
}

/** There may be any number of them, so each is looked at when its part is sent. */
function* connectionsJson(head: object, connections: readonly Connection[]): Generator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"connections":[`;
  for (const [n, connection] of connections.entries()) yield (n > 0 ? ',' : '') + JSON.stringify(connection.info());
  yield ']}';
}
