import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { EventsService } from '../../src/events/events.service.js';
import { type Dashboard, eventually, openDashboard } from '../support/dashboard.js';
import { startHub, type TestHub } from '../support/hub.js';

/** `n 3`, `n 2`, `n 1`: what the list says of the events of `publish`, the newest first. */
export function numbers(from: number, to: number): string[] {
  return Array.from({ length: from - to + 1 }, (_, i) => `n ${(from - i).toLocaleString('en-US')}`);
}

/** What the list shows of events, from the top; waits until it is this, in any order, and gives it, to be checked. */
export function listOf(page: Page, wanted: readonly string[], withinMs?: number): Promise<string[]> {
  const inOrder = (rows: readonly string[]): string => [...rows].sort().join();

  return eventually(
    async () => {
      const rows = await page.evaluate<string[]>(`[...document.querySelectorAll('.timeline-row')]
        .sort((a, b) => a.ariaPosInSet - b.ariaPosInSet)
        .flatMap((row) => row.querySelector('.event-summary')?.textContent ?? [])`);

      return rows.slice(0, wanted.length);
    },
    (rows) => inOrder(rows) === inOrder(wanted),
    withinMs,
  );
}

/** A hub with a page that shows its timeline. */
export class TimelinePage {
  /** From `open` on. */
  dashboard!: Dashboard;
  page!: Page;

  private constructor(
    private readonly browser: Browser,
    public hub: TestHub,
  ) {}

  static async start(browser: Browser): Promise<TimelinePage> {
    return new TimelinePage(browser, await startHub({ HISTORY_SIZE: '200000' }));
  }

  get events(): EventsService {
    return this.hub.app.get(EventsService);
  }

  async open(url = this.hub.url): Promise<void> {
    this.dashboard = await openDashboard(this.browser, url, { locale: 'en-US' });
    this.page = this.dashboard.page;
  }

  async close(): Promise<void> {
    await this.dashboard?.close();
    await this.hub.close();
  }

  /** Events with a number each, in order. */
  async publish(from: number, to: number, eventType = 'bark'): Promise<void> {
    for (let n = from; n <= to; n++) await this.events.broadcastEvent(eventType, { n });
  }

  /** What the list shows, from the top: what it says of each event, or the text of a notice. */
  rows(): Promise<string[]> {
    return this.page.evaluate<string[]>(`[...document.querySelectorAll('.timeline-row')]
      .sort((a, b) => a.ariaPosInSet - b.ariaPosInSet)
      .map((row) => (row.querySelector('.timeline-notice span') ?? row.querySelector('.event-summary')).textContent)`);
  }

  /** Waits until the list begins so; gives as many rows, to be checked. */
  begin(wanted: readonly string[]): Promise<string[]> {
    return eventually(
      async () => (await this.rows()).slice(0, wanted.length),
      (got) => got.join() === wanted.join(),
    );
  }

  /** Waits until the list is this; gives it, to be checked. */
  list(wanted: readonly string[]): Promise<string[]> {
    return eventually(
      () => this.rows(),
      (got) => got.join() === wanted.join(),
    );
  }

  scrollTo(y: number): Promise<unknown> {
    return this.page.evaluate(`document.querySelector('.timeline-scroller').scrollTop = ${y}`);
  }

  /** Exports what is shown; gives the file. */
  async save(format: 'NDJSON' | 'CSV'): Promise<string> {
    await this.page.getByRole('button', { name: 'Export events' }).click();
    // A hundred thousand events come in a hundred answers.
    const download = this.page.waitForEvent('download', { timeout: 90_000 });
    await this.page.getByRole('button', { name: format }).click();

    return readFile(await (await download).path(), 'utf8');
  }
}
