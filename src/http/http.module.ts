import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { EventsModule } from '../events/events.module.js';
import { EventsController } from './events.controller.js';
import { HubErrorFilter } from './hub-error.filter.js';
import { RequestDrain } from './request-drain.js';

@Module({
  imports: [EventsModule],
  controllers: [EventsController],
  providers: [RequestDrain, { provide: APP_FILTER, useClass: HubErrorFilter }],
})
export class HttpModule {}
