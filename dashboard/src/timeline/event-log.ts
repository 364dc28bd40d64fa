import {
  comparePlaces,
  type Entry,
  entryOf,
  type EventEntry,
  type LoggedMessage,
  type NoticeEntry,
  type Place,
} from './entry.js';

export interface LogLimits {
  /** Most entries. */
  count: number;
  /** Most characters of JSON. */
  size: number;
}

/**
 * The events that the page holds: each once by its id, in the order of the hub's log, whatever way and in whatever order
 * they came. The oldest go when there are too many: the hub still has them.
 */
export class EventLog {
  /** Oldest first. Not to be changed from outside. */
  entries: Entry[] = [];
  /** Rises with each change. */
  version = 0;
  /** Rises when entries have changed in another way than by new ones at the end. */
  structure = 0;
  /** Whether the oldest have been dropped since this was last set. */
  hasDropped = false;
  /** How many events there are of each name. */
  readonly counts = new Map<string, number>();
  private readonly byId = new Map<string, EventEntry>();
  private size = 0;
  private extra = 0;
  private notices = 0;

  constructor(private limits: LogLimits) {}

  get newest(): Entry | undefined {
    return this.entries.at(-1);
  }

  /** The oldest event that has its place in the log of the hub. */
  get oldestPlaced(): EventEntry | undefined {
    return this.entries.find(isPlaced);
  }

  /** The newest one. */
  get newestPlaced(): EventEntry | undefined {
    return this.entries.findLast(isPlaced);
  }

  /** The oldest event of those after a time, in ms since 1970, that has none yet. */
  oldestUnplaced(after: number): EventEntry | undefined {
    return this.entries.find(
      (entry): entry is EventEntry => entry.kind === 'event' && !entry.isPlaced && entry.at > after,
    );
  }

  /** Adds what is not here yet; gives how many that were. @param now in ms since 1970 */
  add(messages: readonly LoggedMessage[], now: number): number {
    const added: EventEntry[] = [];

    for (const message of messages) {
      const known = this.byId.get(message.id);
      if (known && (known.isPlaced || message.offset === undefined)) continue;
      // It has got its place in the log meanwhile.
      if (known) this.remove(known);

      const entry = entryOf(message, this.placeAtEnd(now), now);
      this.byId.set(entry.id, entry);
      this.counts.set(entry.name, (this.counts.get(entry.name) ?? 0) + 1);
      this.size += entry.size;
      added.push(entry);
    }
    this.insert(added);
    this.trim();

    return added.length;
  }

  /** @param after the place that it comes right after; the end where there is none */
  addNotice(tone: NoticeEntry['tone'], text: string, now: number, after?: Place): void {
    const place = after ? { ...after, extra: ++this.extra } : this.placeAtEnd(now);
    this.insert([{ kind: 'notice', id: `notice ${++this.notices}`, at: place.ms, tone, text, ...place }]);
    this.trim();
  }

  limit(limits: LogLimits): void {
    this.limits = limits;
    this.trim();
  }

  /** Forgets what is older: something may be missing before this place. */
  dropBefore(place: Place): void {
    const index = this.entries.findIndex((entry) => comparePlaces(entry, place) >= 0);
    this.drop(index < 0 ? this.entries.length : index);
  }

  private insert(added: Entry[]): void {
    const [first] = added.sort(comparePlaces);
    if (!first) return;

    this.version++;
    const { newest } = this;
    if (!newest || comparePlaces(first, newest) > 0) {
      this.entries.push(...added);
    } else {
      this.entries = [...added, ...this.entries].sort(comparePlaces);
      this.structure++;
    }
  }

  private placeAtEnd(now: number): Place {
    const { ms, count } = this.newest ?? { ms: now, count: 0 };

    return { ms, count, extra: ++this.extra };
  }

  private trim(): void {
    const { entries, limits } = this;
    // Not one by one: each time costs as much as there is.
    if (entries.length <= limits.count * 1.02 && this.size <= limits.size) return;

    let count = Math.max(0, entries.length - limits.count);
    let size = this.size - entries.slice(0, count).reduce((sum, entry) => sum + sizeOf(entry), 0);
    while (size > limits.size && count < entries.length - 1) size -= sizeOf(entries[count++]);
    this.drop(count);
  }

  private drop(count: number): void {
    if (count === 0) return;

    for (const entry of this.entries.splice(0, count)) if (entry.kind === 'event') this.forget(entry);
    this.hasDropped = true;
    this.structure++;
  }

  private remove(entry: EventEntry): void {
    this.entries.splice(this.entries.indexOf(entry), 1);
    this.forget(entry);
    this.structure++;
  }

  private forget({ id, name, size }: EventEntry): void {
    this.byId.delete(id);
    this.size -= size;
    const left = (this.counts.get(name) ?? 0) - 1;
    if (left > 0) this.counts.set(name, left);
    else this.counts.delete(name);
  }
}

function isPlaced(entry: Entry): entry is EventEntry {
  return entry.kind === 'event' && entry.isPlaced;
}

function sizeOf(entry: Entry | undefined): number {
  return entry?.kind === 'event' ? entry.size : 0;
}
