/**
 * Eight colours that stay apart for everyone: the closest two are 25 apart (CIE 1976) with normal sight and with each of
 * the three kinds of colour blindness, and all are light enough for dark writing on them.
 */
export const COLORS = ['#ffb000', '#56b4e9', '#00ff80', '#ff00aa', '#917aff', '#e17070', '#fbe6d0', '#cce6ff'] as const;

/** What a monitor sees most has its colour on every page; the others take one when they are first seen. */
const places = new Map<string, number>([
  ['dog', 0],
  ['person', 1],
  ['ball', 2],
]);

/** Labels remembered; a producer that makes them up must not fill the memory. */
const MAX_LABELS = 64;

/** The colour of a label: the same as long as the page lives, and another than that of the labels seen before it. */
export function colorOf(label: string, colors: readonly string[] = COLORS): string {
  const place = places.get(label) ?? newPlaceOf(label);

  return colors[place % colors.length] ?? COLORS[0];
}

/** By the name, so that two pages mostly agree; the next free one, so that two labels of a page differ while they can. */
function newPlaceOf(label: string): number {
  let hash = 0;
  for (let i = 0; i < label.length; i++) hash = (Math.imul(hash, 31) + label.charCodeAt(i)) >>> 0;

  const taken = new Set(places.values());
  let place = hash % COLORS.length;
  for (let tries = 0; tries < COLORS.length && taken.has(place); tries++) place = (place + 1) % COLORS.length;
  if (places.size < MAX_LABELS) places.set(label, place);

  return place;
}
