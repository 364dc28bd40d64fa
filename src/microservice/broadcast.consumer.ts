import { createHash } from 'node:crypto';
import { Controller, UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload, type RedisContext } from '@nestjs/microservices';
import {
  type ActionOptions,
  type BroadcastOptions,
  type DogDetection,
  EventsService,
} from '../events/events.service.js';
import { HubError } from '../protocol/errors.js';
import type { EventType, JsonObject, OverlayType } from '../protocol/messages.js';
import { clipped, isJsonObject } from '../protocol/rules.js';
import { RpcErrorFilter } from './rpc-error.filter.js';

/**
 * The door for other Nest services: `client.emit('dogmonitor.broadcast', dto)` with the bodies of the REST routes. All
 * instances hear each; the first one broadcasts it.
 */
@Controller()
@UseFilters(RpcErrorFilter)
export class BroadcastConsumer {
  constructor(private readonly events: EventsService) {}

  @EventPattern('dogmonitor.broadcast')
  async broadcast(@Payload() body: unknown, @Ctx() context: unknown): Promise<void> {
    const { event_type, data, ...options } = bodyOf<{ event_type: EventType; data: JsonObject }>(body, context, [
      'event_type',
      'data',
    ]);
    await this.events.broadcastEvent(event_type, data, options);
  }

  @EventPattern('dogmonitor.action')
  async action(@Payload() body: unknown, @Ctx() context: unknown): Promise<void> {
    const { action, ...options } = bodyOf<{ action: EventType } & ActionOptions>(body, context, [
      'action',
      'confidence',
      'metadata',
      'timestamp',
    ]);
    await this.events.broadcastAction(action, options);
  }

  @EventPattern('dogmonitor.overlay')
  async overlay(@Payload() body: unknown, @Ctx() context: unknown): Promise<void> {
    const { overlay_type, data, ...options } = bodyOf<{ overlay_type: OverlayType; data: JsonObject }>(body, context, [
      'overlay_type',
      'data',
    ]);
    await this.events.broadcastOverlayUpdate(overlay_type, data, options);
  }

  @EventPattern('dogmonitor.telemetry')
  async telemetry(@Payload() body: unknown, @Ctx() context: unknown): Promise<void> {
    const { data, ...options } = bodyOf<{ data: JsonObject }>(body, context, ['data']);
    await this.events.broadcastTelemetry(data, options);
  }

  @EventPattern('dogmonitor.dog-detection')
  async dogDetection(@Payload() body: unknown, @Ctx() context: unknown): Promise<void> {
    await this.events.broadcastDogDetection(bodyOf<DogDetection>(body, context, ['box', 'confidence']));
  }

  /** Open connections, over all instances. */
  @MessagePattern('dogmonitor.connections')
  connections(): number {
    return this.events.connectionCount();
  }
}

/** Fields that every body may have. */
const COMMON = ['source', 'idempotencyKey'];

/**
 * The body, with what makes it the same for all instances. `EventsService` checks the values.
 * @throws HubError `INVALID_MESSAGE` for a field that is none of its own
 */
function bodyOf<T>(body: unknown, context: unknown, fields: readonly string[]): T & BroadcastOptions {
  if (!isJsonObject(body)) throw new HubError('INVALID_MESSAGE', 'body must be a JSON object');
  const unknown = Object.keys(body).find((key) => !fields.includes(key) && !COMMON.includes(key));
  if (unknown !== undefined)
    throw new HubError('INVALID_MESSAGE', `${clipped(unknown)} is not a field of this message`);
  const heardByAll = createHash('sha1')
    .update(`${(context as RedisContext).getChannel()} ${textOf(body)}`)
    .digest('hex');

  return { ...body, heardByAll } as T & BroadcastOptions;
}

/** @throws HubError `INVALID_MESSAGE` for what is nested deeper than the stack */
function textOf(body: object): string {
  try {
    return JSON.stringify(body);
  } catch (cause) {
    throw new HubError('INVALID_MESSAGE', 'body is nested too deep', { cause });
  }
}
