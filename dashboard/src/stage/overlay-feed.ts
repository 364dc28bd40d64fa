import type { OverlayMessage } from 'dogmonitor-client';
import type { OverlayFeed } from 'dogmonitor-client/overlay';
import { hub } from '../app/hub.js';
import { createStore } from '../app/store.js';
import { shownOverlays } from './overlay-settings.js';

const handlers = new Set<(message: OverlayMessage) => void>();

/** Whether the overlays come as they happen; `false` while something else, such as the past, is on the stage. */
export const isStageLive = createStore(true);

/** What is to be seen on the stage, now or in a replay. */
export const stageFeed: OverlayFeed = {
  on(_name, handler) {
    handlers.add(handler);

    return () => handlers.delete(handler);
  },
};

/** Rises when all that is on the stage is to go. */
export const clearings = createStore(0);

export function clearStage(): void {
  clearings.set(clearings.get() + 1);
}

export function putOnStage(message: OverlayMessage): void {
  // Some may still be on their way when their type is switched off.
  if (shownOverlays.get().includes(message.overlay_type)) handlers.forEach((handler) => handler(message));
}

/** Must be called once, before the first render. */
export function watchOverlays(): void {
  hub.on('overlay', (message) => {
    if (isStageLive.get()) putOnStage(message);
  });
}
