import { Module } from '@nestjs/common';
import { RelayModule } from '../relay/relay.module.js';
import { GatewayController } from './gateway.controller.js';
import { HistoryController } from './history.controller.js';
import { Hub } from './hub.js';
import { StreamController } from './stream.controller.js';
import { UiGateway } from './ui.gateway.js';

@Module({
  imports: [RelayModule],
  controllers: [GatewayController, HistoryController, StreamController],
  providers: [Hub, UiGateway],
  exports: [Hub],
})
export class GatewayModule {}
