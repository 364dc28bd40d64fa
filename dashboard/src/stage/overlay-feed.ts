import type { OverlayMessage } from 'dogmonitor-client';
import type { OverlayFeed } from 'dogmonitor-client/overlay';
import { hub } from '../app/hub.js';
import { createStore } from '../app/store.js';
import { shownOverlays } from './overlay-settings.js';

const handlers = new Set<(message: OverlayMessage) => void>();

/** Of each type and source the newest, and when the hub got it: for the view of a camera that is new, or shown again. */
const newest = new Map<string, { message: OverlayMessage; at: number }>();
/** A producer that makes up sources must not fill the memory. */
const MAX_NEWEST = 256;

/** Whether the overlays come as they happen; `false` while something else, such as the past, is on the stage. */
export const isStageLive = createStore(true);

/** What is to be seen on the stage, now or in a replay. */
export const stageFeed: OverlayFeed = {
  on(_name, handler) {
    handlers.add(handler);
    for (const { message, at } of newest.values()) handler({ ...message, age_ms: Math.max(0, Date.now() - at) });

    return () => handlers.delete(handler);
  },
};

/** Rises when all that is on the stage is to go. */
export const clearings = createStore(0);

export function clearStage(): void {
  newest.clear();
  clearings.set(clearings.get() + 1);
}

export function putOnStage(message: OverlayMessage): void {
  // Some may still be on their way when their type is switched off.
  if (!shownOverlays.get().includes(message.overlay_type)) return;

  const { overlay_type: type, source = '', age_ms = 0 } = message;
  const key = `${type} ${source}`;
  newest.delete(key);
  newest.set(key, { message, at: Date.now() - (typeof age_ms === 'number' ? age_ms : 0) });
  if (newest.size > MAX_NEWEST) newest.delete(newest.keys().next().value ?? '');
  handlers.forEach((handler) => handler(message));
}

/** Must be called once, before the first render. */
export function watchOverlays(): void {
  shownOverlays.subscribe(() => {
    for (const [key, { message }] of newest)
      if (!shownOverlays.get().includes(message.overlay_type)) newest.delete(key);
  });
  hub.on('overlay', (message) => {
    if (isStageLive.get()) putOnStage(message);
  });
}
