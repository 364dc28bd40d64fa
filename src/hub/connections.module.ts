import { Module } from '@nestjs/common';
import { RelayModule } from '../relay/relay.module.js';
import { Hub } from './hub.js';

/** The registry of this instance's connections, for whoever lets clients join. */
@Module({ imports: [RelayModule], providers: [Hub], exports: [Hub] })
export class ConnectionsModule {}
