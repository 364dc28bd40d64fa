import type { Direction } from '../support/tcp-proxy.js';

export type FaultKind =
  | 'redis killed'
  | 'redis frozen'
  | 'subscribers killed'
  | 'publishers killed'
  | 'network cut'
  | 'instance killed'
  | 'rolling restart';

/** What goes wrong once, alone: the next comes after this has been repaired and all are ready again. */
export interface Fault {
  kind: FaultKind;
  /** Time between the repair of the fault before and this one, in ms. */
  pauseMs: number;
  /** Time from the fault to its repair, in ms, where it lasts. */
  lastsMs: number;
  /** Which instance, where it is about one. */
  instance: number;
  direction: Direction;
}

const HOW_OFTEN: Record<FaultKind, number> = {
  'redis killed': 5,
  'redis frozen': 2,
  'subscribers killed': 1,
  'publishers killed': 1,
  'network cut': 1,
  'instance killed': 1,
  'rolling restart': 1,
};

/** Those that may keep an instance from Redis: in these, local delivery must not be slow. */
export const REDIS_FAULTS: ReadonlySet<FaultKind> = new Set([
  'redis killed',
  'redis frozen',
  'subscribers killed',
  'publishers killed',
  'network cut',
]);

/** Which instance has a network that can be cut. */
export const CUT_INSTANCE = 1;

/** The same numbers from 0 to 1 for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;

  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);

    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** All faults, in an order and with times that the seed decides. */
export function scheduleFrom(seed: number): Fault[] {
  const random = randomFrom(seed);
  const kinds = Object.entries(HOW_OFTEN).flatMap(([kind, times]) => Array<FaultKind>(times).fill(kind as FaultKind));
  for (let i = kinds.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [kinds[i], kinds[j]] = [kinds[j] as FaultKind, kinds[i] as FaultKind];
  }

  return kinds.map((kind) => ({
    kind,
    pauseMs: between(random, 300, 1_500),
    lastsMs: lastingMs(kind, random),
    instance: kind === 'network cut' ? CUT_INSTANCE : Math.floor(random() * 3),
    direction: random() < 0.5 ? 'up' : 'down',
  }));
}

function lastingMs(kind: FaultKind, random: () => number): number {
  switch (kind) {
    case 'redis frozen':
    case 'network cut':
      return 3_000;
    case 'redis killed':
    case 'instance killed':
      return between(random, 300, 1_500);
    case 'subscribers killed':
    case 'publishers killed':
    case 'rolling restart':
      return 0;
  }
}

function between(random: () => number, min: number, max: number): number {
  return Math.round(min + random() * (max - min));
}
