import { compareOffsets } from '../../src/protocol/offset.js';
import type { Kill } from './faults.js';

export const MAX_LOCAL_P99_MS = 100;
export const MAX_POST_MS = 500;
/** An overlay that is older than this when it arrives is a state of the past. */
export const MAX_OVERLAY_AGE_MS = 1_000;
/** An answer of so short before a kill may not have reached Redis yet, whatever the relay said, in ms. */
const UNSETTLED_MS = 1_000;

/** A message that was posted. */
export interface JudgedPost {
  n: number;
  /** Absent while nobody answered 202. */
  id?: string;
  shared?: boolean;
  /** Who answered, in which of its starts, and when. */
  instance: number;
  start: number;
  answeredAt: number;
}

export interface JudgedClient {
  taken: readonly { id: string; n: unknown; offset?: string }[];
  overlays: ReadonlyMap<number, number>;
  recovered: readonly unknown[];
  doubled: readonly string[];
  disordered: readonly string[];
}

export interface Run {
  events: readonly JudgedPost[];
  clients: readonly JudgedClient[];
  kills: readonly Kill[];
  /** Of clients of the instance that took the POST, while Redis or the way to it was broken, in ms. */
  outageEventMs: readonly number[];
  outageOverlayMs: readonly number[];
  postMs: readonly number[];
  /** Age of each overlay on arrival, at its oldest, in ms. */
  maxOverlayAgeMs: number;
  /** How late timers of the measuring process itself were, p99 in ms: what it cannot blame on the hub. */
  ownDelayMs: number;
  /** Instances and clients that were not there at the end. */
  unsettled: readonly string[];
}

export interface Verdict {
  promise: string;
  passed: boolean;
  found: string;
}

/** An event that some clients lack. */
export interface Loss {
  post: JudgedPost;
  /** Indices of the clients. */
  missingAt: number[];
  /** Whether two faults met: accepted while Redis was away, by an instance that was killed before it came back. */
  isExcused: boolean;
}

export function judge(run: Run): { verdicts: Verdict[]; losses: Loss[] } {
  const losses = lossesOf(run);
  const verdicts = [
    verdict('all instances are ready and all clients connected at the end', run.unsettled),
    verdict(
      'every event is accepted',
      run.events.filter(({ id }) => id === undefined).map(({ n }) => `event ${n}`),
    ),
    verdict(
      'every event answered 202 is at every client',
      losses.filter(({ isExcused }) => !isExcused).map(({ post, missingAt }) => `${post.n} at ${missingAt.length}`),
    ),
    verdict('no id twice on one connection', flatten(run, 'doubled')),
    verdict('after dropping by id no event twice, and none that nobody posted', strangersIn(run)),
    verdict('offsets rise on every connection', flatten(run, 'disordered')),
    verdict('the order by offset is the same for all clients', conflictsIn(run)),
    verdict('no overlay twice at one client', overlaysTwice(run)),
    limit('oldest overlay on arrival', run.maxOverlayAgeMs, MAX_OVERLAY_AGE_MS),
    limit('events in outages, local p99', quantile(run.outageEventMs, 0.99), MAX_LOCAL_P99_MS, run.ownDelayMs),
    limit('overlays in outages, local p99', quantile(run.outageOverlayMs, 0.99), MAX_LOCAL_P99_MS, run.ownDelayMs),
    limit('slowest POST', Math.max(0, ...run.postMs), MAX_POST_MS),
  ];

  return { verdicts, losses };
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);

  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
}

/** Ids of which clients have different offsets: right where a Redis that forgot got them again, if the order held. */
export function movedIds({ clients }: Pick<Run, 'clients'>): string[] {
  return [...offsetsById(clients)].filter(([, offsets]) => offsets.size > 1).map(([id]) => id);
}

function lossesOf({ events, clients, kills }: Run): Loss[] {
  const known = clients.map(({ taken }) => new Set(taken.map(({ id }) => id)));

  return events.flatMap((post) => {
    const { id } = post;
    if (id === undefined) return [];

    const missingAt = known.flatMap((ids, client) => (ids.has(id) ? [] : [client]));
    return missingAt.length === 0 ? [] : [{ post, missingAt, isExcused: kills.some((kill) => excuses(kill, post)) }];
  });
}

function excuses(kill: Kill, { shared, instance, start, answeredAt }: JudgedPost): boolean {
  const isOfIt = shared === false && kill.instance === instance && kill.start === start;

  return isOfIt && (kill.state !== 'shared' || kill.at - answeredAt < UNSETTLED_MS);
}

function strangersIn({ events, clients }: Run): string[] {
  const ids = new Map(events.map(({ n, id }) => [n, id]));

  return clients.flatMap(({ taken }, client) => {
    const seen = new Set<unknown>();
    return taken.flatMap(({ id, n }) => {
      const isTwice = seen.has(n);
      seen.add(n);
      if (isTwice) return [`event ${String(n)} twice at client ${client}`];
      return ids.get(n as number) === id ? [] : [`${id} at client ${client}`];
    });
  });
}

/** Pairs of messages that some client has in one order by offset, and some other client in the other. */
function conflictsIn({ clients }: Run): string[] {
  const moved = [...offsetsById(clients)].filter(([, offsets]) => offsets.size > 1);
  const movedIds = new Set(moved.map(([id]) => id));

  return moved.flatMap(([id, offsets]) => {
    const [low = '', ...rest] = [...offsets].sort(compareOffsets);
    const high = rest.at(-1) ?? low;
    // Only what lies between two places of the message is before it for the one, and after it for the other.
    const mayConflict = (other: string, offset: string): boolean =>
      other !== id && (movedIds.has(other) || (compareOffsets(offset, low) > 0 && compareOffsets(offset, high) < 0));

    const before = new Set<string>();
    const after = new Set<string>();
    for (const { taken } of clients) {
      const own = taken.find((message) => message.id === id)?.offset;
      if (own === undefined) continue;
      for (const { id: other, offset } of taken) {
        if (offset === undefined || !mayConflict(other, offset)) continue;
        (compareOffsets(offset, own) < 0 ? before : after).add(other);
      }
    }

    return [...before].filter((other) => after.has(other)).map((other) => `${other} and ${id}`);
  });
}

function offsetsById(clients: readonly JudgedClient[]): Map<string, Set<string>> {
  const offsets = new Map<string, Set<string>>();
  for (const { taken } of clients) {
    for (const { id, offset } of taken) {
      if (offset === undefined) continue;
      const known = offsets.get(id);
      if (known) known.add(offset);
      else offsets.set(id, new Set([offset]));
    }
  }

  return offsets;
}

function overlaysTwice({ clients }: Run): string[] {
  return clients.flatMap(({ overlays }, client) =>
    [...overlays].filter(([, times]) => times > 1).map(([n]) => `overlay ${n} at client ${client}`),
  );
}

function flatten({ clients }: Run, what: 'doubled' | 'disordered'): string[] {
  return clients.flatMap((client, i) => client[what].map((text) => `client ${i}: ${text}`));
}

function verdict(promise: string, violations: readonly string[]): Verdict {
  const [first] = violations;
  const found = first === undefined ? '0' : `${violations.length}, such as ${first}`;

  return { promise, passed: violations.length === 0, found };
}

function limit(promise: string, ms: number, maxMs: number, ownMs = 0): Verdict {
  const own = ownMs === 0 ? '' : ` + ${ownMs.toFixed(1)} ms of our own`;

  return {
    promise: `${promise} <= ${maxMs} ms`,
    passed: ms <= maxMs + ownMs,
    found: `${ms.toFixed(1)} ms${own}`,
  };
}
