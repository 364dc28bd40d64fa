import type { Entry, EventEntry } from './entry.js';
import { labelOf } from './event-look.js';

export interface TimelineFilter {
  /** The names to show; all of them where it is empty. */
  readonly names: readonly string[];
  /** Words that must all be in it, in any order. */
  readonly search: string;
  /** Only events of this camera; of all where it is empty. */
  readonly camera?: string;
}

/** Of a message of any length, so much is searched. */
const MAX_SEARCHED = 4_000;

/** Made when they are first searched: most never are. */
const texts = new WeakMap<EventEntry, string>();

/** Whether an entry is among what was asked for. What the page itself tells is there as long as nothing is searched. */
export function matcher({ names, search, camera = '' }: TimelineFilter): (entry: Entry) => boolean {
  const wanted = new Set(names);
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);

  return (entry) => {
    if (entry.kind === 'notice') return words.length === 0;
    if (camera !== '' && entry.message.source !== camera) return false;
    if (wanted.size > 0 && !wanted.has(entry.name)) return false;

    return words.every((word) => textOf(entry).includes(word));
  };
}

function textOf(entry: EventEntry): string {
  const known = texts.get(entry);
  if (known !== undefined) return known;

  const { message, name } = entry;
  const text = `${labelOf(name)} ${JSON.stringify(message)}`.slice(0, MAX_SEARCHED).toLowerCase();
  texts.set(entry, text);

  return text;
}
