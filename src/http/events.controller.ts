import { Body, Controller, Headers, HttpCode, Post, UseFilters } from '@nestjs/common';
import { type BroadcastResult, EventsService } from '../events/events.service.js';
import { type BatchResult, broadcastBatch } from './batch.js';
import { BROADCASTS } from './broadcasts.js';
import { HubErrorFilter } from './hub-error.filter.js';

/**
 * The door for detectors: each route is one call of `EventsService`, answered 202. The header `Idempotency-Key` makes a
 * repeated request one message.
 */
@Controller('api/events/broadcast')
@UseFilters(HubErrorFilter)
export class EventsController {
  constructor(private readonly events: EventsService) {}

  @Post()
  @HttpCode(202)
  broadcast(@Body() body: unknown, @Headers('idempotency-key') key?: string): Promise<BroadcastResult> {
    return BROADCASTS.event(this.events, body, key);
  }

  @Post('action')
  @HttpCode(202)
  action(@Body() body: unknown, @Headers('idempotency-key') key?: string): Promise<BroadcastResult> {
    return BROADCASTS.action(this.events, body, key);
  }

  @Post('overlay')
  @HttpCode(202)
  overlay(@Body() body: unknown, @Headers('idempotency-key') key?: string): Promise<BroadcastResult> {
    return BROADCASTS.overlay(this.events, body, key);
  }

  @Post('telemetry')
  @HttpCode(202)
  telemetry(@Body() body: unknown, @Headers('idempotency-key') key?: string): Promise<BroadcastResult> {
    return BROADCASTS.telemetry(this.events, body, key);
  }

  /** Many in one request, for producers at video rate; answered 202 also when some were refused, item by item. */
  @Post('batch')
  @HttpCode(202)
  batch(@Body() body: unknown, @Headers('idempotency-key') key?: string): Promise<BatchResult> {
    return broadcastBatch(this.events, body, key);
  }
}
