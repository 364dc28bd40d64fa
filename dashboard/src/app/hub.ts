import { createHubClient, type HubClient } from 'dogmonitor-client';
import { overlayFilter, shownOverlays } from '../stage/overlay-settings.js';
import { duration, timeOfOffset } from './format.js';

/** A hub that is silent for so long is stale: a cut cable must show itself within three seconds. In ms. */
const HEARTBEAT_MS = 1_800;

/** The one connection of the page. What is not to be seen is not asked for. */
export const hub: HubClient = createHubClient({
  url: 'ws/ui',
  snapshot: true,
  heartbeatMs: HEARTBEAT_MS,
  filter: overlayFilter(shownOverlays.get(), []),
});

const customTypes = new Set<string>(['custom']);
let lastMessage: number | undefined;

/** When the newest message came, in ms since 1970; `undefined` before the first one. */
export function lastMessageAt(): number | undefined {
  return lastMessage;
}

/** Must be called once, before the first render. */
export function watchHub(): void {
  hub.on('message', ({ type }) => {
    lastMessage = Date.now();
    // Bounded: whoever makes up names must not fill the memory, nor the filter.
    if (type !== 'event' && type !== 'overlay' && type !== 'telemetry' && customTypes.size < 32) customTypes.add(type);
  });
  shownOverlays.subscribe(() => hub.subscribe(overlayFilter(shownOverlays.get(), [...customTypes])));
}

export function gapText({ since, until }: { since: string | undefined; until: string | undefined }): string {
  const [from, to] = [timeOfOffset(since), timeOfOffset(until) ?? Date.now()];
  if (from === undefined) return 'gap: events may be missing';

  return `gap: ${duration(Math.max(0, to - from))} of events are no longer in the log`;
}
