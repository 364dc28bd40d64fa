import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { type BroadcastOptions, type BroadcastResult, EventsService } from '../events/events.service.js';
import { ActionDto } from './dto/action.dto.js';
import { BroadcastDto } from './dto/broadcast.dto.js';
import { DtoPipe } from './dto/dto.pipe.js';
import { OverlayDto } from './dto/overlay.dto.js';
import { TelemetryDto } from './dto/telemetry.dto.js';

/** The door for detectors: each route translates its body into one call of `EventsService`. */
@Controller('api/events/broadcast')
export class EventsController {
  constructor(private readonly events: EventsService) {}

  @Post()
  @HttpCode(202)
  async broadcast(
    @Body(new DtoPipe(BroadcastDto)) dto: BroadcastDto,
    @Headers('idempotency-key') key?: string,
  ): Promise<BroadcastResult> {
    const { event_type, data, ...options } = dto;

    return this.events.broadcastEvent(event_type, data, { ...options, ...keyed(key) });
  }

  @Post('action')
  @HttpCode(202)
  async action(
    @Body(new DtoPipe(ActionDto)) dto: ActionDto,
    @Headers('idempotency-key') key?: string,
  ): Promise<BroadcastResult> {
    const { action, ...options } = dto;

    return this.events.broadcastAction(action, { ...options, ...keyed(key) });
  }

  @Post('overlay')
  @HttpCode(202)
  async overlay(
    @Body(new DtoPipe(OverlayDto)) dto: OverlayDto,
    @Headers('idempotency-key') key?: string,
  ): Promise<BroadcastResult> {
    const { overlay_type, data, ...options } = dto;

    return this.events.broadcastOverlayUpdate(overlay_type, data, { ...options, ...keyed(key) });
  }

  @Post('telemetry')
  @HttpCode(202)
  async telemetry(
    @Body(new DtoPipe(TelemetryDto)) dto: TelemetryDto,
    @Headers('idempotency-key') key?: string,
  ): Promise<BroadcastResult> {
    const { data, ...options } = dto;

    return this.events.broadcastTelemetry(data, { ...options, ...keyed(key) });
  }
}

function keyed(key: string | undefined): BroadcastOptions {
  return key === undefined ? {} : { idempotencyKey: key };
}
