import { Module } from '@nestjs/common';
import { EventsModule } from '../events/events.module.js';
import { BroadcastConsumer } from './broadcast.consumer.js';

/** Idle unless the app is connected to a transport, which it is when Redis is configured. */
@Module({ imports: [EventsModule], controllers: [BroadcastConsumer] })
export class MicroserviceModule {}
