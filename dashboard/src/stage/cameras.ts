import type { HubMessage } from 'dogmonitor-client';
import { hub } from '../app/hub.js';
import { createStore, type Readable } from '../app/store.js';
import { oneOf, urlParameter } from '../app/url-state.js';
import { isStageLive } from './overlay-feed.js';
import { camera } from './overlay-settings.js';

/** A source that has sent overlays. */
export interface Camera {
  /** `''` where its messages have no source. */
  readonly name: string;
  /** When the hub last got something from it, in ms since 1970. */
  readonly heardAt: number;
}

export interface Cameras {
  /** Heard within the last hour. */
  readonly active: readonly Camera[];
  /** Silent for longer than that: folded away, and after a day left out unless they are asked for. */
  readonly silent: readonly Camera[];
}

/** How many cameras are shown beside each other. */
export const LAYOUTS = ['auto', '1', '4', '9'] as const;
export type Layout = (typeof LAYOUTS)[number];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LOOK_MS = 1_000;
/** A producer that makes up sources must not fill the memory. */
const MAX_CAMERAS = 64;

export const layout = urlParameter<Layout>('layout', 'auto', oneOf(...LAYOUTS));

/** Whether cameras that were silent for a day are listed too. */
export const hasGone = createStore(false);

const heard = new Map<string, number>();
const store = createStore<Cameras>({ active: [], silent: [] });

export const cameras: Readable<Cameras> = store;

/** Must be called once, before the first render. */
export function watchCameras(): void {
  hub.on('message', hear);
  hasGone.subscribe(look);
  setInterval(look, LOOK_MS);
}

/** The cameras to show now: the one that is chosen, or as many as the layout has room for. */
export function shownCameras({ active }: Cameras, chosen: string, room: Layout): readonly string[] {
  if (chosen !== '') return [chosen];

  return active.slice(0, room === 'auto' ? 9 : Number(room)).map(({ name }) => name);
}

/** What a camera is called. */
export function cameraName(name: string): string {
  return name === '' ? 'no name' : name;
}

export function chooseCamera(name: string): void {
  camera.set(camera.get() === name ? '' : name);
}

function hear({ type, source, ...rest }: HubMessage): void {
  const name = typeof source === 'string' ? source : '';
  const isNew = !heard.has(name);
  if (isNew && (type !== 'overlay' || heard.size >= MAX_CAMERAS)) return;

  const keptMs = 'age_ms' in rest && typeof rest.age_ms === 'number' ? rest.age_ms : 0;
  const at = Date.now() - keptMs;
  heard.set(name, Math.max(at, heard.get(name) ?? -Infinity));
  if (isNew) look();
}

function look(): void {
  if (!isStageLive.get()) return;

  const now = Date.now();
  const all = [...heard].map(([name, heardAt]) => ({ name, heardAt })).sort((a, b) => a.name.localeCompare(b.name));
  const active = all.filter(({ heardAt }) => now - heardAt < HOUR_MS);
  const silent = all.filter(({ heardAt }) => now - heardAt >= HOUR_MS && (hasGone.get() || now - heardAt < DAY_MS));
  const { active: lastActive, silent: lastSilent } = store.get();
  const isSame = (a: readonly Camera[], b: readonly Camera[]): boolean =>
    a.length === b.length && a.every(({ name }, i) => name === b[i]?.name);
  if (!isSame(active, lastActive) || !isSame(silent, lastSilent)) store.set({ active, silent });
}

/** Whether there are any that left the lists. */
export function countGone(): number {
  return [...heard.values()].filter((heardAt) => Date.now() - heardAt >= DAY_MS).length;
}
