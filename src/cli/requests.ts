import type { JsonObject } from '../protocol/messages.js';

/** The four routes of the hub that take messages. */
export const PATHS = [
  '/api/events/broadcast',
  '/api/events/broadcast/action',
  '/api/events/broadcast/overlay',
  '/api/events/broadcast/telemetry',
] as const;
export type Path = (typeof PATHS)[number];

/** One POST to the hub. */
export interface HubRequest {
  path: Path;
  body: JsonObject;
}
