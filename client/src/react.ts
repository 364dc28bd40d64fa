'use client';

export {
  type HubEventList,
  type HubEventsOptions,
  type LatestOptions,
  type Named,
  useHubEvent,
  useHubEvents,
  useLatest,
} from './react/messages.js';
export { type Hub, HubProvider, type HubProviderProps, useHub, useHubStats } from './react/provider.js';
export { hubHooks, type TypedHooks } from './react/typed.js';
export { useWebSocket, type WebSocketOptions, type WebSocketValue } from './react/use-web-socket.js';
