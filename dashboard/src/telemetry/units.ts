import { number } from '../app/format.js';

/** How the readings of a key are written. */
export interface Unit {
  /** For people: `latency_ms` is `Latency`. */
  readonly label: string;
  readonly unit: string;
  /** What one of the unit is in the reading: a ratio of 0.5 is 50 %. */
  readonly factor: number;
  /** Between which values a chart must at least reach, where the unit has ends of its own. */
  readonly range?: readonly [number, number];
}

type Known = Partial<Omit<Unit, 'label'>> & { label?: string };

/** Keys with a meaning of their own. */
const KEYS: Partial<Record<string, Known>> = {
  fps: { label: 'Frames', unit: 'fps', range: [0, 1] },
  battery: { unit: '%', range: [0, 100] },
  temperature: { unit: '°C' },
  humidity: { unit: '%', range: [0, 100] },
  voltage: { unit: 'V' },
  rssi: { label: 'Signal', unit: 'dBm' },
  cpu: { label: 'CPU' },
  gpu: { label: 'GPU' },
};

/** Endings that name a unit, as most producers write them. */
const ENDINGS: readonly [ending: RegExp, Known][] = [
  [/_ratio$/, { unit: '%', factor: 100, range: [0, 0.01] }],
  [/_(percent|pct)$/, { unit: '%', range: [0, 100] }],
  [/_ms$/, { unit: 'ms', range: [0, 1] }],
  [/_(s|sec|seconds)$/, { unit: 's' }],
  [/_(c|celsius)$/, { unit: '°C' }],
  [/_(f|fahrenheit)$/, { unit: '°F' }],
  [/_(v|volt|volts)$/, { unit: 'V' }],
  [/_(ma)$/, { unit: 'mA' }],
  [/_(w|watt|watts)$/, { unit: 'W' }],
  [/_(hz)$/, { unit: 'Hz' }],
  [/_(khz)$/, { unit: 'kHz' }],
  [/_(db)$/, { unit: 'dB' }],
  [/_(dbm)$/, { unit: 'dBm' }],
  [/_(lux)$/, { unit: 'lx' }],
  [/_(kb)$/, { unit: 'kB' }],
  [/_(mb)$/, { unit: 'MB' }],
  [/_(gb)$/, { unit: 'GB' }],
  [/_(mbps)$/, { unit: 'Mbit/s' }],
  [/_(kbps)$/, { unit: 'kbit/s' }],
  [/_(bpm)$/, { unit: 'bpm' }],
  [/_(rpm)$/, { unit: 'rpm' }],
  [/_(kg)$/, { unit: 'kg' }],
];

/** What people look at first comes first; what only counts up comes last. */
const FIRST = ['fps', 'latency_ms', 'temperature', 'battery'];
const LAST = ['frame', 'seq', 'timestamp'];

export function rankOf(key: string): number {
  const last = LAST.indexOf(key);

  return FIRST.includes(key) ? FIRST.indexOf(key) : FIRST.length + 1 + last;
}

const units = new Map<string, Unit>();

export function unitOf(key: string): Unit {
  const known = units.get(key) ?? makeUnit(key);
  if (units.size < 256) units.set(key, known);

  return known;
}

function makeUnit(key: string): Unit {
  const name = key.split('.').at(-1)?.toLowerCase() ?? '';
  const own = Object.hasOwn(KEYS, name) ? KEYS[name] : undefined;
  const [ending, byEnding] = ENDINGS.find(([pattern]) => pattern.test(name)) ?? [];
  const words = (ending ? key.replace(new RegExp(ending, 'i'), '') : key).replaceAll(/[_.\s]+/g, ' ').trim() || key;
  const label = own?.label && !key.includes('.') ? own.label : words.charAt(0).toUpperCase() + words.slice(1);

  return { unit: '', factor: 1, ...byEnding, ...own, label };
}

/** As short as it can be read from afar: three figures or so. `–` where there is no reading. */
export function formatReading(reading: number, { factor }: Unit): string {
  if (!Number.isFinite(reading)) return '–';

  const value = reading * factor;
  const size = Math.abs(value);
  if (size >= 1e7 || (size > 0 && size < 0.001)) return value.toExponential(1).replace('e+', 'e');
  const digits = size >= 100 || Number.isInteger(value) ? 0 : size >= 1 ? 1 : 3;

  return number(value, digits);
}
