import type { BroadcastOptions, BroadcastResult, EventsService } from '../events/events.service.js';
import { pickMessage } from '../protocol/messages.js';
import { ActionDto } from './dto/action.dto.js';
import { BroadcastDto } from './dto/broadcast.dto.js';
import { DtoPipe } from './dto/dto.pipe.js';
import { OverlayDto } from './dto/overlay.dto.js';
import { TelemetryDto } from './dto/telemetry.dto.js';

type Broadcast = (events: EventsService, body: unknown, key: string | undefined) => Promise<BroadcastResult>;

/** Each kind of body: how it is checked, and which call of the door it is. */
function broadcastOf<T extends object>(
  Dto: new () => T,
  call: (events: EventsService, dto: T, options: BroadcastOptions) => Promise<BroadcastResult>,
): Broadcast {
  const pipe = new DtoPipe(Dto);

  // Async, so that a body that is refused is a rejection like any other.
  return async (events, body, key) =>
    call(events, pipe.transform(body), key === undefined ? {} : { idempotencyKey: key });
}

export const BROADCASTS = {
  event: broadcastOf(BroadcastDto, (events, { event_type, source, data }, options) =>
    events.broadcastChecked(pickMessage({ type: 'event', event_type, source, data }), options),
  ),
  // Becomes an event whose `data` holds these fields, which is then checked as such.
  action: broadcastOf(ActionDto, (events, { action, ...rest }, options) =>
    events.broadcastAction(action, { ...rest, ...options }),
  ),
  overlay: broadcastOf(OverlayDto, (events, { overlay_type, source, data }, options) =>
    events.broadcastChecked(pickMessage({ type: 'overlay', overlay_type, source, data }), options),
  ),
  telemetry: broadcastOf(TelemetryDto, (events, { source, data }, options) =>
    events.broadcastChecked(pickMessage({ type: 'telemetry', source, data }), options),
  ),
} satisfies Record<string, Broadcast>;
