/** How each kind of event looks: drawn for this page, on a grid of 24, with lines in its colour. */
interface Look {
  label: string;
  /** Of its colour, in degrees. */
  hue: number;
  path: string;
}

const DOG = 'M5 5l3.2 2.4h7.6L19 5v8.2c0 3.6-3 6.3-7 6.3s-7-2.7-7-6.3z M9.3 12v.6 M14.7 12v.6 M10.6 15.6h2.8L12 17z';

const LOOKS: Partial<Record<string, Look>> = {
  dog_detected: { label: 'Dog detected', hue: 75, path: DOG },
  sit: { label: 'Sit', hue: 165, path: 'M9 4v7.5c0 2 1 3.5 3 3.5h5.5V20 M9 11.5L6 20 M12 15l-1.5 5 M9 4l3.5 1.5L9 8' },
  stand: {
    label: 'Stand',
    hue: 190,
    path: 'M5 9.5h11l3-3.5v4l-2 2.5V19 M7 9.5V19 M5 9.5L3.5 6.5 M14 13.5V19 M10 13v6',
  },
  lie: { label: 'Lie', hue: 225, path: 'M3.5 17.5H20 M5 17.5c0-3 2-4.5 5-4.5h5l2.5-3.5 2.5 3-2 1.8v3.2' },
  fetch_return: {
    label: 'Fetch and return',
    hue: 130,
    path: 'M12 5.5a6.5 6.5 0 1 0 6.5 6.5 M12 5.5h5 M14.5 3L17 5.5 14.5 8 M8 9.5c2.5 1 3 4 1.5 6',
  },
  bark: { label: 'Bark', hue: 30, path: 'M4 10v4h3.5L12 18V6L7.5 10z M15 9.5a4 4 0 0 1 0 5 M17.8 7a8 8 0 0 1 0 10' },
  howl: {
    label: 'Howl',
    hue: 300,
    path: 'M17 15.5A6.5 6.5 0 0 1 8.5 7a6.5 6.5 0 1 0 8.5 8.5z M15 5v3.5 M18.5 4v6 M21.5 6v2',
  },
  whine: { label: 'Whine', hue: 265, path: 'M3 12c2 0 2-4.5 4-4.5s2 9 4 9 2-7 4-7 2 4.5 3 4.5 1.5-2 3-2' },
  person_entered: {
    label: 'Person entered',
    hue: 255,
    path: 'M10 4.5a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z M4.5 19.5c0-3.6 2.4-6 5.5-6 1.8 0 3.4.8 4.4 2.2 M21 17h-5.5 M18 14.5L20.8 17 18 19.5',
  },
  clip_saved: { label: 'Clip saved', hue: 345, path: 'M4 7h10.5v10H4z M14.5 10.5l5-2.8v8.6l-5-2.8 M8 10l3 2-3 2z' },
  snapshot_saved: {
    label: 'Snapshot saved',
    hue: 210,
    path: 'M4 8h3l2-2.8h6L17 8h3v10.5H4z M12 10a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4z',
  },
  bookmark: { label: 'Bookmark', hue: 55, path: 'M7 4h10v16l-5-4-5 4z' },
};

const NAMES = Object.keys(LOOKS);
const UNKNOWN_PATH = 'M12 4l8 8-8 8-8-8z M12 9.5v5 M9.5 12h5';

/** As people call it; a name that nobody has drawn reads as it is written. */
export function labelOf(name: string): string {
  const known = lookOf(name);
  if (known) return known.label;

  const words = name.replaceAll('_', ' ').trim() || name;
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** In degrees; the same name has the same one everywhere. */
export function hueOf(name: string): number {
  let hash = 0;
  for (const char of name) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 360;

  return lookOf(name)?.hue ?? hash;
}

/** Known ones first, as they are listed here. Negative when `a` comes before `b`. */
export function compareNames(a: string, b: string): number {
  const [rankA, rankB] = [a, b].map((name) => NAMES.indexOf(name) >>> 0) as [number, number];

  return rankA - rankB || a.localeCompare(b);
}

export function pathOf(name: string): string {
  return lookOf(name)?.path ?? UNKNOWN_PATH;
}

function lookOf(name: string): Look | undefined {
  return Object.hasOwn(LOOKS, name) ? LOOKS[name] : undefined;
}
