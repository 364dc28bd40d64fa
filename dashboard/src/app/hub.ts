import { createHubClient, type HubClient, type HubState, type HubStats } from 'dogmonitor-client';
import { overlayFilter, shownOverlays } from '../stage/overlay-settings.js';
import { count, duration, timeOfOffset } from './format.js';
import { notify } from './notices.js';
import { createStore, type Readable } from './store.js';

/** How often the figures of the connection are read, in ms: quick enough to see, slow enough to read. */
const SAMPLE_MS = 500;

/** A hub that is silent for so long is stale: a cut cable must show itself within five seconds. In ms. */
const HEARTBEAT_MS = 3_000;

/** The one connection of the page. What is not to be seen is not asked for. */
export const hub: HubClient = createHubClient({
  url: 'ws/ui',
  snapshot: true,
  heartbeatMs: HEARTBEAT_MS,
  filter: overlayFilter(shownOverlays.get(), []),
});

const stateStore = createStore<HubState>(hub.state);
const statsStore = createStore<HubStats>(hub.stats);

export const hubState: Readable<HubState> = stateStore;
/** Read twice a second. */
export const hubStats: Readable<HubStats> = statsStore;

const customTypes = new Set<string>(['custom']);
let lastMessage: number | undefined;

/** When the newest message came, in ms since 1970; `undefined` before the first one. */
export function lastMessageAt(): number | undefined {
  return lastMessage;
}

/** Must be called once, before the first render. */
export function watchHub(): void {
  hub.on('state', (state) => stateStore.set(state));
  hub.on('message', ({ type }) => {
    lastMessage = Date.now();
    // Bounded: whoever makes up names must not fill the memory, nor the filter.
    if (type !== 'event' && type !== 'overlay' && type !== 'telemetry' && customTypes.size < 32) customTypes.add(type);
  });
  hub.on('recovered', ({ count: missed }) => {
    if (missed > 0) notify('good', `${count(missed, 'missed event')} recovered`);
  });
  hub.on('gap', (gap) => notify('bad', gapText(gap)));
  hub.on('error', ({ code, message }) => notify('bad', `${message} (${code})`));
  shownOverlays.subscribe(() => hub.subscribe(overlayFilter(shownOverlays.get(), [...customTypes])));
  setInterval(() => statsStore.set(hub.stats), SAMPLE_MS);
  stateStore.set(hub.state);
}

export function gapText({ since, until }: { since: string | undefined; until: string | undefined }): string {
  const [from, to] = [timeOfOffset(since), timeOfOffset(until) ?? Date.now()];
  if (from === undefined) return 'gap: events may be missing';

  return `gap: ${duration(Math.max(0, to - from))} of events are no longer in the log`;
}
