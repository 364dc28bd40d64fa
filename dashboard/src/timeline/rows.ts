import { comparePlaces, type Entry, type Place } from './entry.js';
import type { EventLog } from './event-log.js';

type Matches = (entry: Entry) => boolean;

/** The entries that are shown, oldest first. Of new ones at the end only these are looked at. */
export class Rows {
  readonly list: Entry[] = [];
  /** How many of them are events, and no notices. */
  eventCount = 0;
  private end = 0;
  private structure: number | undefined;
  private matches: Matches | undefined;

  /** Whether what is here is the beginning of what is to be shown. */
  canGrow({ entries, structure }: EventLog, matches: Matches, upTo: Place | undefined): boolean {
    if (this.matches === undefined) return true;
    const last = entries[this.end - 1];

    return this.matches === matches && this.structure === structure && !(upTo && last && comparePlaces(last, upTo) > 0);
  }

  /** @param upTo the last place to be shown; all where there is none */
  grow({ entries, structure }: EventLog, matches: Matches, upTo: Place | undefined): void {
    this.matches = matches;
    this.structure = structure;

    for (; this.end < entries.length; this.end++) {
      const entry = entries[this.end];
      if (!entry || (upTo && comparePlaces(entry, upTo) > 0)) break;
      if (!matches(entry)) continue;
      this.list.push(entry);
      if (entry.kind === 'event') this.eventCount++;
    }
  }

  /** How many events are behind what is shown. */
  countRest({ entries }: EventLog, matches: Matches): number {
    let count = 0;
    for (let i = this.end; i < entries.length; i++) {
      const entry = entries[i];
      if (entry?.kind === 'event' && matches(entry)) count++;
    }

    return count;
  }
}
