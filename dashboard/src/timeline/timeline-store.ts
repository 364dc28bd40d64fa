import type { HubMessage } from 'dogmonitor-client';
import { count, duration } from '../app/format.js';
import { gapText, hub } from '../app/hub.js';
import { createStore, type Readable } from '../app/store.js';
import { NAMES, TEXT, urlParameter } from '../app/url-state.js';
import { replay } from '../replay/replay.js';
import { camera } from '../stage/overlay-settings.js';
import { CatchUp } from './catch-up.js';
import { type Entry, type LoggedMessage, type Place, placeOf } from './entry.js';
import { EventLog } from './event-log.js';
import { matcher } from './filter.js';
import { History, type HistoryState } from './history.js';
import { Rows } from './rows.js';

/** What the page holds while it follows, and when somebody looks back. */
const FOLLOWING = { count: 10_000, size: 16_000_000 };
const LOOKING_BACK = { count: 100_000, size: 64_000_000 };
/** How often it is looked whether so much is still needed, in ms. */
const TIDY_MS = 60_000;
/** How far back the page begins, in ms: as far as its bars go. */
const BEGIN_MS = 3_600_000;
/** How often the hub is asked for the places of events that came ahead of its log, and for how long, in ms. */
const PLACES_MS = 5_000;
const PLACES_FOR_MS = 600_000;

const START: Place = { ms: 0, count: 0, extra: 0 };

export interface TimelineView {
  /** What is shown, oldest first. */
  readonly rows: readonly Entry[];
  /** Of the rows, which grow in place. */
  readonly length: number;
  /** How many of them are events, and no notices. */
  readonly eventCount: number;
  /** How many events there are of each name. */
  readonly counts: ReadonlyMap<string, number>;
  /** How many came since it was paused that would be shown. */
  readonly fresh: number;
  readonly isPaused: boolean;
  readonly history: HistoryState;
  /** All that the page holds, oldest first. */
  readonly entries: readonly Entry[];
  readonly matches: (entry: Entry) => boolean;
  /** Rises with each change of what the page holds. */
  readonly version: number;
}

export const shownNames = urlParameter<readonly string[]>('events', [], NAMES);
export const searchText = urlParameter('q', '', TEXT);

/** Why the timeline stands still: somebody said so, looks further down, or reads the details of an event. */
export type PauseReason = 'user' | 'scroll' | 'reading';

const log = new EventLog(FOLLOWING);
let historyState: HistoryState = 'loading';
const history = new History(log, (state) => {
  historyState = state;
  schedule();
});
const catchUp = new CatchUp(
  (known) => history.catchUp(known, Date.now() - BEGIN_MS),
  () => history.fail(),
  () => hub.state.name === 'open',
);
const pauses = new Set<PauseReason>();
let pausedAt: Place | undefined;
let matches = matcher({ names: [], search: '' });
let rows = new Rows();
let request = 0;

const view = createStore<TimelineView>(makeView());

/** Worked out at most once a frame, and not while nobody sees the page. */
export const timeline: Readable<TimelineView> = view;

/** Must be called once, before the first render. */
export function watchTimeline(): void {
  const update = (): void => {
    matches = matcher({ names: shownNames.get(), search: searchText.get(), camera: camera.get() });
    schedule();
  };
  shownNames.subscribe(update);
  searchText.subscribe(update);
  camera.subscribe(update);
  replay.subscribe(schedule);
  update();

  hub.on('message', (message) => {
    if (isLogged(message)) add(message);
  });
  hub.on('recovered', ({ count: missed }) => {
    if (missed > 0) tell('good', `${count(missed, 'missed event')} recovered`);
  });
  hub.on('gap', (gap) => tell('bad', gapTextOf(gap), placeOf(gap.since)));
  // Before anything comes over the new connection: up to here nothing is missing.
  hub.on('state', ({ name }) => {
    if (name === 'open') catchUp.from(log.newestPlaced);
  });
  catchUp.from(undefined);

  setInterval(tidy, TIDY_MS);
  setInterval(() => {
    const waiting = log.oldestUnplaced(Date.now() - PLACES_FOR_MS);
    if (waiting && hub.state.name === 'open') catchUp.from({ ...waiting, extra: -1 });
  }, PLACES_MS);
}

export function pause(reason: PauseReason): void {
  if (pauses.has(reason)) return;
  pauses.add(reason);
  pausedAt ??= log.newest ?? START;
  log.limit(LOOKING_BACK);
  schedule();
}

/** @param reason that is over; all of them where none is given */
export function follow(reason?: PauseReason): void {
  if (reason) pauses.delete(reason);
  else pauses.clear();
  if (pauses.size > 0 || !pausedAt) return;

  pausedAt = undefined;
  schedule();
}

/** Tries again what has failed. */
export function retryHistory(): void {
  catchUp.from(log.newestPlaced);
}

export function loadOlder(): void {
  log.limit(LOOKING_BACK);
  void history.loadOlder();
}

/** Everything that is to be shown, also what only the hub has. */
export async function loadAll(): Promise<readonly Entry[]> {
  log.limit(LOOKING_BACK);
  await history.loadAll();

  return log.entries.filter(matches);
}

function isLogged(message: HubMessage): message is LoggedMessage {
  return message.type !== 'overlay' && message.type !== 'telemetry';
}

function add(message: LoggedMessage): void {
  // One to this connection alone has no id; it is in no log.
  if (typeof message.id !== 'string') return;
  log.add([message], Date.now());
  schedule();
}

function tell(tone: 'good' | 'bad', text: string, after?: Place): void {
  log.addNotice(tone, text, Date.now(), after);
  schedule();
}

function gapTextOf(gap: { since: string | undefined; until: string | undefined }): string {
  const [since, until] = [placeOf(gap.since)?.ms, placeOf(gap.until)?.ms ?? Date.now()];

  return since === undefined ? gapText(gap) : `gap: ${duration(Math.max(0, until - since))}`;
}

function tidy(): void {
  const isNeeded = pausedAt !== undefined || replay.get() || shownNames.get().length > 0 || searchText.get() !== '';
  if (isNeeded) return;

  log.limit(FOLLOWING);
  history.resume();
}

function makeView(): TimelineView {
  const at = replay.get()?.at;
  const limit = at === undefined ? pausedAt : { ms: at, count: Infinity, extra: 0 };
  if (!rows.canGrow(log, matches, limit)) rows = new Rows();
  rows.grow(log, matches, limit);
  const fresh = at === undefined && limit ? rows.countRest(log, matches) : 0;

  return {
    rows: rows.list,
    length: rows.list.length,
    eventCount: rows.eventCount,
    counts: log.counts,
    fresh,
    isPaused: pauses.size > 0,
    history: historyState,
    entries: log.entries,
    matches,
    version: log.version,
  };
}

function schedule(): void {
  request ||= requestAnimationFrame(() => {
    request = 0;
    const [last, next] = [view.get(), makeView()];
    // Most frames of a replay show nothing new.
    const names = Object.keys(next) as (keyof TimelineView)[];
    if (names.some((name) => last[name] !== next[name])) view.set(next);
  });
}
