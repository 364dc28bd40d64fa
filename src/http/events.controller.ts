import { Body, Controller, Headers, HttpCode, Post, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type BroadcastResult, EventsService } from '../events/events.service.js';
import { type BatchResult, broadcastBatch } from './batch.js';
import { optionsOf, publish } from './broadcasts.js';
import { ActionDto } from './dto/action.dto.js';
import { BroadcastDto } from './dto/broadcast.dto.js';
import { DtoPipe } from './dto/dto.pipe.js';
import { OverlayDto } from './dto/overlay.dto.js';
import { TelemetryDto } from './dto/telemetry.dto.js';
import { HubErrorFilter } from './hub-error.filter.js';

/**
 * The publish API over HTTP: each route is one call of `EventsService`, answered 202. The header `Idempotency-Key` makes a
 * repeated request one message.
 */
@Controller('api/events/broadcast')
@UseFilters(HubErrorFilter)
export class EventsController {
  constructor(private readonly events: EventsService) {}

  @Post()
  @HttpCode(202)
  broadcast(
    @Body(new DtoPipe(BroadcastDto)) dto: BroadcastDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('idempotency-key') key?: string,
  ): Promise<BroadcastResult> {
    return answer(publish.event(this.events, dto, optionsOf(key)), reply, key);
  }

  @Post('action')
  @HttpCode(202)
  action(
    @Body(new DtoPipe(ActionDto)) dto: ActionDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('idempotency-key') key?: string,
  ): Promise<BroadcastResult> {
    return answer(publish.action(this.events, dto, optionsOf(key)), reply, key);
  }

  @Post('overlay')
  @HttpCode(202)
  overlay(
    @Body(new DtoPipe(OverlayDto)) dto: OverlayDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('idempotency-key') key?: string,
  ): Promise<BroadcastResult> {
    return answer(publish.overlay(this.events, dto, optionsOf(key)), reply, key);
  }

  @Post('telemetry')
  @HttpCode(202)
  telemetry(
    @Body(new DtoPipe(TelemetryDto)) dto: TelemetryDto,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('idempotency-key') key?: string,
  ): Promise<BroadcastResult> {
    return answer(publish.telemetry(this.events, dto, optionsOf(key)), reply, key);
  }

  /** Many in one request, for producers at video rate; answered 202 also when some were refused, item by item. */
  @Post('batch')
  @HttpCode(202)
  async batch(
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('idempotency-key') key?: string,
  ): Promise<BatchResult> {
    const { isReplayed, ...result } = await broadcastBatch(this.events, body, key);
    if (isReplayed) reply.header(REPLAYED, 'true');

    return result;
  }
}

const REPLAYED = 'idempotency-replayed';

/** A repeated answer is the first one, and says in a header that it is none. */
function answer(
  broadcast: Promise<BroadcastResult>,
  reply: FastifyReply,
  key: string | undefined,
): Promise<BroadcastResult> {
  if (key === undefined) return broadcast;

  return broadcast.then(({ replayed, ...result }) => {
    if (replayed) reply.header(REPLAYED, 'true');

    return result;
  });
}
