import { Module } from '@nestjs/common';
import { ConnectionsModule } from '../hub/connections.module.js';
import { UiGateway } from './ui.gateway.js';

@Module({ imports: [ConnectionsModule], providers: [UiGateway] })
export class GatewayModule {}
