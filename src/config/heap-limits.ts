import { getHeapStatistics } from 'node:v8';

const MiB = 1024 * 1024;

/** What the hub needs of the heap beside log and outbox: its code, the requests and connections it serves. Measured. */
const BASE_BYTES = 40 * MiB;

/** Most of the remaining heap that log and outbox take by default, so that the collector has room. */
const LOG_SHARE = 0.4;
const OUTBOX_SHARE = 0.2;

/** What an entry takes beside its JSON: ids, offsets, places in lists, its promise, its prepared frames. Measured. */
const LOG_ENTRY_BYTES = 900;
const OUTBOX_ENTRY_BYTES = 1_500;

/** No logged message has less JSON, so bytes bound the count too. */
const LEAST_JSON_BYTES = 100;

const LEAST_BYTES = MiB;

/** What a remembered `Idempotency-Key` takes with its answer, at its longest, and the part of the heap for them. Measured. */
const KEY_BYTES = 1_000;
const KEYS_SHARE = 0.1;

/** Largest semi-space of V8 where no flag sets it; the young generation is three of them. */
const SEMI_SPACE_MIB = Number(process.versions.node.split('.')[0]) < 22 ? 16 : 64;

/** The limits that decide how much of the heap fills up. */
export interface Backlogs {
  HISTORY_SIZE: number;
  HISTORY_BYTES: number;
  OUTBOX_SIZE: number;
  OUTBOX_BYTES: number;
}

/** What V8 has for objects that live long, in bytes: over this it aborts the process. */
export function heapLimit(): number {
  const old = flag('max[-_]old[-_]space[-_]size');
  if (old !== undefined) return old * MiB;

  const { heap_size_limit: whole } = getHeapStatistics();
  const young = 3 * (flag('max[-_]semi[-_]space[-_]size') ?? SEMI_SPACE_MIB) * MiB;

  return Math.max(whole - young, whole / 2);
}

/** The limits with the defaults lowered to what fits the heap. @param isSet whether a key is the user's own choice */
export function fitToHeap(limits: Backlogs, isSet: (key: keyof Backlogs) => boolean, heap = heapLimit()): Backlogs {
  const room = Math.max(0, heap - BASE_BYTES);
  const outboxShare = room * OUTBOX_SHARE;
  const lower = (key: keyof Backlogs, most: number, least: number): number =>
    isSet(key) ? limits[key] : Math.max(least, Math.min(limits[key], Math.floor(most)));
  const outboxSize = lower('OUTBOX_SIZE', outboxShare / 2 / OUTBOX_ENTRY_BYTES, 1);

  return {
    HISTORY_SIZE: limits.HISTORY_SIZE,
    HISTORY_BYTES: lower(
      'HISTORY_BYTES',
      bytesWithin(room * LOG_SHARE, limits.HISTORY_SIZE, LOG_ENTRY_BYTES),
      LEAST_BYTES,
    ),
    OUTBOX_SIZE: outboxSize,
    OUTBOX_BYTES: lower('OUTBOX_BYTES', bytesWithin(outboxShare, outboxSize, OUTBOX_ENTRY_BYTES), LEAST_BYTES),
  };
}

/** How many idempotency keys can be remembered, `most` at most. */
export function keysThatFit(most: number, heap = heapLimit()): number {
  return Math.max(1_000, Math.min(most, Math.floor((Math.max(0, heap - BASE_BYTES) * KEYS_SHARE) / KEY_BYTES)));
}

/** Why these limits cannot be kept in this heap; `undefined` when they can. @param hasOutbox whether there is a Redis */
export function heapProblem(limits: Backlogs, hasOutbox: boolean, heap = heapLimit()): string | undefined {
  const { HISTORY_SIZE, HISTORY_BYTES, OUTBOX_SIZE, OUTBOX_BYTES } = limits;
  const outbox = hasOutbox ? costOf(OUTBOX_BYTES, OUTBOX_SIZE, OUTBOX_ENTRY_BYTES) : 0;
  const needed = BASE_BYTES + costOf(HISTORY_BYTES, HISTORY_SIZE, LOG_ENTRY_BYTES) + outbox;
  if (needed <= heap) return undefined;

  const keys = hasOutbox
    ? 'HISTORY_SIZE, HISTORY_BYTES, OUTBOX_SIZE and OUTBOX_BYTES'
    : 'HISTORY_SIZE and HISTORY_BYTES';
  const least = Math.ceil(needed / MiB);

  return `${keys} need a heap of ${least} MiB, and Node has ${Math.floor(heap / MiB)} MiB: lower them, or start Node with --max-old-space-size=${least}`;
}

/** The most bytes of JSON of which so many entries are within the budget. */
function bytesWithin(budget: number, count: number, entryBytes: number): number {
  return Math.max(budget - count * entryBytes, budget / (1 + entryBytes / LEAST_JSON_BYTES));
}

function costOf(bytes: number, count: number, entryBytes: number): number {
  return bytes + Math.min(count, bytes / LEAST_JSON_BYTES) * entryBytes;
}

/** A flag of V8 in MiB; the command line wins over `NODE_OPTIONS`, and the last one of each. */
function flag(name: string): number | undefined {
  const text = [process.env['NODE_OPTIONS'] ?? '', ...process.execArgv].join(' ');
  const value = Array.from(text.matchAll(new RegExp(`--${name}[= ](\\d+)`, 'g'))).at(-1)?.[1];

  return value === undefined || Number(value) === 0 ? undefined : Number(value);
}
