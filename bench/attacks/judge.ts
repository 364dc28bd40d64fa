// What an attack may do to the good clients and to the hub, and what it did.
export interface Bounds {
  /** Messages that good clients may miss. */
  lost: number;
  /** How many times the baseline the p99 may be. */
  slower: number;
  /** How much the hub may grow, at most, in MiB. */
  grownMiB: number;
}

export interface Measured {
  /** Why there are no figures: the hub ended. */
  ended?: string;
  /** Messages that some good client lacks, of all that were due to all; clients that were closed lack the rest. */
  lost: number;
  /** In ms, before and during the attack. */
  baselineP99: number;
  p99: number;
  /** How much the process grew beyond its start, at most and 3 s after the attack, in MiB. */
  peakMiB: number;
  afterMiB: number;
  /** Series that moved and tell of more than messages and connections. */
  causes: string[];
}

export interface Row extends Measured {
  name: string;
}

/** A p99 below this is as good as any, in ms: three times almost nothing is still almost nothing. */
const FAST_MS = 5;

/** What does not hold, in words; nothing where all does. */
export function judge(row: Measured, bounds: Bounds): string[] {
  if (row.ended !== undefined) return [row.ended];
  const allowed = Math.max(row.baselineP99, FAST_MS) * bounds.slower;

  return [
    row.lost > bounds.lost ? `${row.lost} lost` : '',
    // A p99 of nothing is none: nothing arrived.
    row.p99 <= allowed ? '' : `p99 ${row.p99.toFixed(1)} ms, ${row.baselineP99.toFixed(1)} before`,
    row.peakMiB > bounds.grownMiB ? `grew by ${row.peakMiB.toFixed(0)} MiB` : '',
    row.causes.length === 0 ? 'no metric names the cause' : '',
  ].filter((text) => text !== '');
}

export function renderTable(rows: readonly Row[], bounds: Bounds): string {
  const head = [
    'attack',
    'lost',
    'p99 before, ms',
    'p99 under attack, ms',
    'grew by at most, MiB',
    'after, MiB',
    'metric',
    'holds',
  ];
  const cells = rows.map((row) => {
    const misses = judge(row, bounds);
    const figures = [
      row.lost,
      row.baselineP99.toFixed(1),
      row.p99.toFixed(1),
      row.peakMiB.toFixed(0),
      row.afterMiB.toFixed(0),
    ];

    return [
      row.name,
      ...figures.map(String),
      row.causes.join(', '),
      misses.length === 0 ? 'yes' : `no: ${misses.join('; ')}`,
    ];
  });

  return [head, head.map(() => '---'), ...cells].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** Series that move whenever there is traffic, or clients come and go: they name no cause. */
const USUAL = new RegExp(
  '^dogmonitor_(connections|connections_accepted_total|messages_\\w+|deliveries_\\w+|relay_state|instances' +
    '|outbox_messages|unread_bytes)\\b|^dogmonitor_connections_closed_total\\{code="(none|other|100[0156])"\\}',
);

/** Series of the hub that are greater in one of the later looks than in the first, named as Prometheus prints them. */
export function causesIn(before: string, ...later: readonly string[]): string[] {
  const first = seriesOf(before);
  const moved = later.flatMap((text) =>
    [...seriesOf(text)].filter(([name, value]) => value > (first.get(name) ?? 0)).map(([name]) => name),
  );

  return [...new Set(moved)].filter((name) => !USUAL.test(name)).map((name) => name.replace('dogmonitor_', ''));
}

function seriesOf(text: string): Map<string, number> {
  return new Map([...text.matchAll(/^(dogmonitor_\S+) (\S+)$/gm)].map(([, name = '', value]) => [name, Number(value)]));
}
