/** All that the package `dogmonitor-hub` gives to another application. */
export { ConfigError } from './config/hub-config.js';
export type { HubOptions } from './config/hub-options.js';
export { EventsModule } from './events/events.module.js';
export {
  type ActionOptions,
  type BroadcastOptions,
  type BroadcastResult,
  type DogDetection,
  EventsService,
} from './events/events.service.js';
export { HubWsAdapter } from './gateway/hub-ws.adapter.js';
export { type Face, type HubExtras, HubModule } from './hub.module.js';
export { connectHubMicroservice } from './microservice/connect-microservice.js';
export { type ErrorCode, HubError, type Violation } from './protocol/errors.js';
export type {
  Box,
  Delivery,
  EventType,
  HubMessage,
  JsonObject,
  MessageDraft,
  OverlayType,
} from './protocol/messages.js';
export type { RelayProvider } from './relay/relay.module.js';
export {
  type Page,
  Presence,
  type Publication,
  type Receipt,
  Relay,
  type RelayState,
  type Subscriber,
} from './relay/relay.js';
