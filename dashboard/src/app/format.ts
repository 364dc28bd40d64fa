const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `40 ms`, `3 s`, `2 min`, `5 h`, `4 d`: one unit, rounded down. */
export function duration(ms: number): string {
  if (ms < SECOND) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`;

  return `${Math.floor(ms / DAY)} d`;
}

const BYTES = ['B', 'kB', 'MB', 'GB'] as const;

/** `0 B`, `12.3 kB`, `4 MB`. */
export function bytes(count: number): string {
  const power = count < 1_000 ? 0 : Math.min(BYTES.length - 1, Math.floor(Math.log10(count) / 3));

  return `${number(count / 1_000 ** power, power === 0 ? 0 : 1)} ${BYTES[power]}`;
}

/** Made once for each number of digits, since making one takes longer than using it a hundred times. */
const NUMBERS = new Map<number, Intl.NumberFormat>();

/** As the reader's language writes it. */
export function number(value: number, digits = 0): string {
  const format = NUMBERS.get(digits) ?? new Intl.NumberFormat(undefined, { maximumFractionDigits: digits });
  NUMBERS.set(digits, format);

  return format.format(value);
}

const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' });

/** `14:03:07` */
export function clock(date: Date | number): string {
  return CLOCK.format(date);
}

/** The time in an offset of the log, `<ms>-<n>`, in ms since 1970; `undefined` for what is none. */
export function timeOfOffset(offset: string | undefined): number | undefined {
  const ms = Number(/^(\d{10,15})-\d+$/.exec(offset ?? '')?.[1]);

  return Number.isFinite(ms) ? ms : undefined;
}

/** `1 event`, `42 events`. */
export function count(value: number, thing: string): string {
  return `${number(value)} ${thing}${value === 1 ? '' : 's'}`;
}
