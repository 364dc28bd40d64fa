import { environmentSchema, isServiceLink } from './hub-config.js';

const KNOWN = Object.keys(environmentSchema.shape);

/** Whatever begins so is most likely meant for the hub. */
const FAMILIES = /^(HISTORY|MAX|OUTBOX|REDIS|SHARE|SHUTDOWN)_/;

/**
 * What others set: Kubernetes and Docker for each service that is called redis or redis-something, hosts of Redis for their
 * add-on, and the images of Redis for themselves.
 */
const FOREIGN = [
  /_SERVICE_(HOST|PORT(_\w+)?)$/,
  /_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/,
  /^REDIS_(NAME|ENV_\w+)$/,
  /^REDIS_(TLS|TEMPORARY|MAIN)_URL$/,
  /^REDIS_(VERSION|DOWNLOAD_(URL|SHA))$/,
  /^REDIS_(ALLOW|AOF|DATA|DISABLE|EXTRA|IO|MASTER|REPLICA|REPLICATION|SHUTDOWN)_\w+$/,
  /^MAX_OLD_SPACE_SIZE$/,
];

/** Most keys that are named; the rest are counted. */
const MAX_NAMED = 10;

/** Keys that look like those of the hub and are none, each with the nearest that is; `undefined` where there are none. */
export function unknownKeysWarning(environment: NodeJS.ProcessEnv): string | undefined {
  const unknown = Object.entries(environment)
    .filter(([key, value]) => looksLikeOurs(key, value ?? ''))
    .map(([key]) => `${key.slice(0, 64)} (nearest: ${nearestTo(key.toUpperCase())})`);
  if (unknown.length === 0) return undefined;

  const more = unknown.length > MAX_NAMED ? `, and ${unknown.length - MAX_NAMED} more` : '';

  return `the environment has keys that the hub does not know: ${unknown.slice(0, MAX_NAMED).join(', ')}${more}`;
}

function looksLikeOurs(key: string, value: string): boolean {
  const upper = key.toUpperCase();
  if (KNOWN.includes(key) || isServiceLink(value) || value === '') return false;
  if (KNOWN.some((known) => isMisspelt(upper, known))) return true;

  return FAMILIES.test(upper) && !FOREIGN.some((pattern) => pattern.test(upper));
}

/** A slip or two, or its last word left out; of a short name one letter at most, since every short word is near another. */
function isMisspelt(key: string, known: string): boolean {
  if (key.includes('_') && known.startsWith(`${key}_`)) return true;
  if (Math.abs(key.length - known.length) > 2) return false;
  const edits = distance(key, known);

  return known.length >= 8 ? edits <= 2 : edits <= 1 && key.length === known.length;
}

function nearestTo(key: string): string {
  return (
    KNOWN.find((known) => known.startsWith(key)) ??
    KNOWN.reduce((best, known) => (distance(key, known) < distance(key, best) ? known : best))
  );
}

/** Letters to insert, drop, replace, or swap with their neighbour. Source: Damerau and Levenshtein, "optimal alignment". */
function distance(a: string, b: string): number {
  const [long, short] = [a.slice(0, 64), b];
  let [before, last]: number[][] = [[], Array.from({ length: short.length + 1 }, (_, n) => n)];

  for (let i = 1; i <= long.length; i++) {
    const row = [i];
    for (let j = 1; j <= short.length; j++) {
      const isSame = long[i - 1] === short[j - 1];
      const isSwap = i > 1 && j > 1 && long[i - 1] === short[j - 2] && long[i - 2] === short[j - 1];
      row[j] = Math.min(
        (last?.[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last?.[j - 1] ?? 0) + (isSame ? 0 : 1),
        isSwap ? (before?.[j - 2] ?? 0) + 1 : Infinity,
      );
    }
    [before, last] = [last, row];
  }

  return last?.at(-1) ?? 0;
}
