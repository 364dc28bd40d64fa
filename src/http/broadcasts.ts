import type { BroadcastOptions, BroadcastResult, EventsService } from '../events/events.service.js';
import { checkedMessage } from '../protocol/checked-message.js';
import { ActionDto } from './dto/action.dto.js';
import { BroadcastDto } from './dto/broadcast.dto.js';
import { DtoPipe } from './dto/dto.pipe.js';
import { OverlayDto } from './dto/overlay.dto.js';
import { TelemetryDto } from './dto/telemetry.dto.js';

/** What a route does with a body that its DTO has let through. */
export const publish = {
  event: (events: EventsService, { event_type, source, data }: BroadcastDto, options: BroadcastOptions) =>
    events.broadcastChecked(checkedMessage({ type: 'event', event_type, source, data }), options),
  // Becomes an event whose `data` holds these fields, which is then checked as such.
  action: (events: EventsService, { action, ...rest }: ActionDto, options: BroadcastOptions) =>
    events.broadcastAction(action, { ...rest, ...options }),
  overlay: (events: EventsService, { overlay_type, source, data }: OverlayDto, options: BroadcastOptions) =>
    events.broadcastChecked(checkedMessage({ type: 'overlay', overlay_type, source, data }), options),
  telemetry: (events: EventsService, { source, data }: TelemetryDto, options: BroadcastOptions) =>
    events.broadcastChecked(checkedMessage({ type: 'telemetry', source, data }), options),
};

type PublishItem = (events: EventsService, body: unknown, options: BroadcastOptions) => Promise<BroadcastResult>;

function itemOf<T extends object>(
  Dto: new () => T,
  call: (events: EventsService, dto: T, options: BroadcastOptions) => Promise<BroadcastResult>,
): PublishItem {
  const pipe = new DtoPipe(Dto);

  // Async, so that a body that is refused is a rejection like any other.
  return async (events, body, options) => call(events, pipe.transform(body), options);
}

/** Each item of a batch by its `type`: as its own route would have it. */
export const ITEMS: Readonly<Record<keyof typeof publish, PublishItem>> = {
  event: itemOf(BroadcastDto, publish.event),
  action: itemOf(ActionDto, publish.action),
  overlay: itemOf(OverlayDto, publish.overlay),
  telemetry: itemOf(TelemetryDto, publish.telemetry),
};

export function optionsOf(key: string | undefined): BroadcastOptions {
  return key === undefined ? {} : { idempotencyKey: key };
}
