import { Module } from '@nestjs/common';
import { EventsModule } from '../events/events.module.js';
import { ConnectionsModule } from '../hub/connections.module.js';
import { RelayModule } from '../relay/relay.module.js';
import { ConnectionsController } from './connections.controller.js';
import { EventsController } from './events.controller.js';
import { HistoryController } from './history.controller.js';
import { ServerModule } from './server/server.module.js';
import { StreamController } from './stream.controller.js';

@Module({
  imports: [ConnectionsModule, EventsModule, RelayModule, ServerModule],
  controllers: [ConnectionsController, EventsController, HistoryController, StreamController],
})
export class HttpModule {}
