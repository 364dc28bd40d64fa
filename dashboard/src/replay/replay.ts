import type { OverlayMessage } from 'dogmonitor-client';
import { hub } from '../app/hub.js';
import { createStore, type Readable } from '../app/store.js';
import { clearStage, isStageLive, putOnStage } from '../stage/overlay-feed.js';
import { Recorder } from './recorder.js';

/** A stretch of the past that the whole page shows again. All times in ms since 1970. */
export interface Replay {
  readonly from: number;
  readonly to: number;
  /** The moment that is shown. */
  readonly at: number;
  /** How many seconds pass in one. */
  readonly speed: number;
  readonly isPlaying: boolean;
}

export const SPEEDS = [1, 2, 4, 8] as const;

/** About ten minutes of three cameras, in bytes. */
const MEMORY = 16 * 1024 * 1024;
/** An overlay older than this is none, in ms. */
const OVERLAY_MS = 1_500;
/** How often what stands still is shown again, in ms: else it would fade as if it were old. */
const STILL_MS = 400;
/** A frame that took longer, in ms, was no frame: the page was hidden. */
const MAX_FRAME_MS = 250;

const recorder = new Recorder<OverlayMessage>(MEMORY);
const store = createStore<Replay | undefined>(undefined);
let request = 0;

/** `undefined` while the page is live. Who shows something that has a time shows it as it was `at` this moment. */
export const replay: Readable<Replay | undefined> = store;

/** The moment that the page shows, in ms since 1970. */
export function pageNow(): number {
  return store.get()?.at ?? Date.now();
}

/** Must be called once, before the first render. */
export function watchReplay(): void {
  hub.on('overlay', (message) => {
    const { overlay_type: type, source = '', age_ms = 0 } = message;
    recorder.put(`${type} ${source}`, message, Date.now() - age_ms);
  });
  setInterval(() => {
    const current = store.get();
    if (current && !current.isPlaying) showNewestAt(current.at);
  }, STILL_MS);
}

/** Shows what was from one time to another, in place of what is. */
export function startReplay(from: number, to: number): void {
  isStageLive.set(false);
  store.set({ from, to, at: from, speed: store.get()?.speed ?? 1, isPlaying: true });
  showStageAt(from);
  run();
}

export function seekReplay(at: number): void {
  change({ at });
  showStageAt(at);
}

export function setReplaySpeed(speed: number): void {
  change({ speed });
}

/** Goes on or stands still; at the end, begins anew. */
export function toggleReplay(): void {
  const current = store.get();
  if (!current) return;

  if (current.at >= current.to) seekReplay(current.from);
  change({ isPlaying: !current.isPlaying || current.at >= current.to });
  run();
}

/** Back to what is. */
export function endReplay(): void {
  cancelAnimationFrame(request);
  store.set(undefined);
  clearStage();
  isStageLive.set(true);
}

function change(part: Partial<Replay>): void {
  const current = store.get();
  if (current) store.set({ ...current, ...part });
}

function run(): void {
  cancelAnimationFrame(request);
  let last = performance.now();

  const step = (now: number): void => {
    const current = store.get();
    if (!current?.isPlaying) return;

    const passed = Math.min(MAX_FRAME_MS, now - last) * current.speed;
    last = now;
    const at = Math.min(current.to, current.at + passed);
    for (const { message } of recorder.between(current.at, at)) show(message);
    store.set({ ...current, at, isPlaying: at < current.to });
    request = requestAnimationFrame(step);
  };
  request = requestAnimationFrame(step);
}

function showStageAt(at: number): void {
  clearStage();
  showNewestAt(at);
}

function showNewestAt(at: number): void {
  for (const { message } of recorder.newestAt(at, OVERLAY_MS)) show(message);
}

function show(message: OverlayMessage): void {
  // Its age was that of the first time.
  const { age_ms: _, ...again } = message;
  putOnStage(again);
}
