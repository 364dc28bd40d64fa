/**
 * Reads of what a producer sent, which may be anything: each gives a sound value or nothing, and none throws. The caps
 * bound the work of one overlay, so that a hostile one costs a page no more than a large one.
 */

export type Fields = Readonly<Record<string, unknown>>;

/** Farther from the picture than this, in its pixels, is noise: a canvas computes in 32 bit floats. */
const FAR = 1e6;

/** The fields of an object; none of anything else. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/** The first `most` items of an array; none of anything else. */
export function itemsOf(value: unknown, most: number): unknown[] {
  return Array.isArray(value) ? value.slice(0, most) : [];
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Math.abs(value) <= FAR ? value : undefined;
}

/** A number above 0, such as a width. */
export function sizeOf(value: unknown): number | undefined {
  const size = numberOf(value);

  return size !== undefined && size > 0 ? size : undefined;
}

/** 0..1; what says nothing of it is sure. */
export function confidenceOf(value: unknown): number {
  return typeof value === 'number' && value >= 0 && value <= 1 ? value : 1;
}

// Line breaks and marks that turn the direction of writing: they would let a label draw over its neighbours.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

/** One line of at most `most` characters, with an ellipsis where more was cut off. */
export function textOf(value: unknown, most: number): string {
  if (typeof value !== 'string') return '';

  // Cut before it is looked at: a text may be megabytes long, and a character two code units.
  const start = value
    .slice(0, 4 * most)
    .replace(UNPRINTABLE, ' ')
    .trim();
  const characters = Array.from(start);

  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : start;
}

export interface Point {
  x: number;
  y: number;
}

/** `{x, y}` or `[x, y]`. */
export function pointOf(value: unknown): Point | undefined {
  const fields = fieldsOf(value);
  const x = numberOf(Array.isArray(value) ? value[0] : fields['x']);
  const y = numberOf(Array.isArray(value) ? value[1] : fields['y']);

  return x !== undefined && y !== undefined ? { x, y } : undefined;
}
