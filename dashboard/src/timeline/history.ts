import { request } from '../app/api.js';
import { comparePlaces, type LoggedMessage, type Place, placeOf } from './entry.js';
import type { EventLog } from './event-log.js';

interface Page {
  events: LoggedMessage[];
  next: string | null;
}

/** Messages in the first answer, which somebody waits for, and in the others. */
const FIRST_PAGE = 200;
const PAGE = 1_000;
/** Most messages that are asked for without anybody having scrolled there. */
const MAX_UNASKED = 10_000;

/** Behind every message there will be: going back from here, `next` tells whether there is more. */
const END = '999999999999999-0';

/**
 * How much of the past is here: `ready` where there may be more, `complete` where there is none, `full` where the page
 * holds no more.
 */
export type HistoryState = 'loading' | 'ready' | 'complete' | 'full' | 'failed';

/**
 * Brings the past from the hub into the log of the page. Each answer goes in as it is: what is there already is known by
 * its id.
 */
export class History {
  private state: HistoryState = 'loading';
  private older: Promise<void> | undefined;

  constructor(
    private readonly log: EventLog,
    private readonly onChange: (state: HistoryState) => void,
  ) {}

  /**
   * Brings everything from now back to a place that the log was complete up to, or where there is none back to a time.
   * What is older than a hole that stays is dropped.
   * @param time in ms since 1970
   * @throws ApiError
   */
  async catchUp(known: Place | undefined, time: number): Promise<void> {
    let before: string | null = END;
    let reached: Place | undefined;

    for (let count = 0; before !== null && count < MAX_UNASKED;) {
      const page: Page = await this.fetch(count === 0 ? FIRST_PAGE : PAGE, before);
      count += page.events.length;
      before = page.next;
      reached = placeOf(page.events[0]?.offset) ?? reached;
      if (known && reached && comparePlaces(reached, known) <= 0) {
        this.set(this.state === 'complete' ? 'complete' : 'ready');
        return;
      }
      if (!known && reached && reached.ms <= time) break;
      // To be seen while more is on its way.
      if (this.state === 'failed') this.set('loading');
    }

    if (before !== null && known && reached) this.log.dropBefore(reached);
    this.set(before === null ? 'complete' : 'ready');
  }

  fail(): void {
    this.set('failed');
  }

  /** Brings the page before the oldest, once at a time; what came of it is in the state. */
  loadOlder(): Promise<void> {
    const isEnd = this.state === 'full' || (this.state === 'complete' && !this.log.hasDropped);
    if (isEnd) return Promise.resolve();

    return (this.older ??= this.fetchOlder().finally(() => (this.older = undefined)));
  }

  /** Brings all that the hub has and the page can hold. */
  async loadAll(): Promise<void> {
    do {
      await this.loadOlder();
    } while (this.state === 'ready');
  }

  /** There is room again. */
  resume(): void {
    if (this.state === 'full') this.set('ready');
  }

  private async fetchOlder(): Promise<void> {
    this.set('loading');
    this.log.hasDropped = false;
    try {
      const { next } = await this.fetch(PAGE, this.log.oldestPlaced?.message.offset ?? END);
      this.set(this.log.hasDropped ? 'full' : next === null ? 'complete' : 'ready');
    } catch {
      this.set('failed');
    }
  }

  private async fetch(limit: number, before: string): Promise<Page> {
    const page = await request<Page>(`api/events?limit=${limit}&before=${before}`);
    this.log.add(page.events, Date.now());

    return page;
  }

  private set(state: HistoryState): void {
    this.state = state;
    this.onChange(state);
  }
}
