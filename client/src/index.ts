export { createHubClient } from './create-hub-client.js';
export type {
  Backoff,
  EventOf,
  Gap,
  HubClient,
  HubClientError,
  HubClientOptions,
  HubEvents,
  HubState,
  HubStats,
  MessageMeta,
  OwnMessage,
  Recovered,
  Unsubscribe,
  WebSocketConstructor,
  WebSocketLike,
} from './types.js';
export { parseTimestamp, type Timestamp } from './timestamp.js';
export { CLOSE, type Close, type Retry, retryAfter } from '../../src/protocol/close-codes.js';
export type {
  Box,
  ConnectionMessage,
  CustomMessage,
  ErrorMessage,
  EventMessage,
  EventType,
  FilterLists,
  HubMessage,
  JsonObject,
  OverlayMessage,
  OverlayType,
  PongMessage,
  ServerMessage,
  TelemetryMessage,
} from '../../src/protocol/messages.js';
