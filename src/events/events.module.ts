import { Module } from '@nestjs/common';
import { RelayModule } from '../relay/relay.module.js';
import { EventsService } from './events.service.js';

/** Import this to inject `EventsService`. */
@Module({ imports: [RelayModule], providers: [EventsService], exports: [EventsService] })
export class EventsModule {}
