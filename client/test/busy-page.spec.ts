import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { EventsService } from '../../src/events/events.service.js';
import { openBrowser } from '../../test/support/browser.js';
import { startHub, type TestHub } from '../../test/support/hub.js';
import { bundleClient } from './support/bundle.js';
import { type Site, startSite } from './support/site.js';

const OVERLAYS_PER_SECOND = 60;
const OVERLAYS = 300;
const EVENT_EVERY = 30;

interface Handled {
  type: string;
  n: number;
  /** How old it was when its handler began, in ms. */
  age: number;
}

describe('a page in Chromium that is busy for 50 ms a message', () => {
  let hub: TestHub;
  let browser: Browser;
  let site: Site;

  beforeAll(async () => {
    hub = await startHub();
    browser = await openBrowser();
    site = await startSite({ '/client.js': await bundleClient('index.ts') });
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
    await hub.close();
  });

  it.each([300, 4_000])('gets every event, and overlays of %i bytes fresh', async (size) => {
    const events = hub.app.get(EventsService);
    const page = await browser.newPage();
    await page.goto(site.url);
    await page.evaluate(`import('/client.js').then(({ createHubClient }) => {
        window.handled = [];
        const client = window.client = createHubClient({ url: ${JSON.stringify(hub.url)} });
        client.on('message', ({ type, data }) => {
          window.handled.push({ type, n: data.n, age: Date.now() - data.sentAt });
          const until = performance.now() + 50;
          while (performance.now() < until);
        });
        return new Promise((resolve) => client.on('state', ({ name }) => name === 'open' && resolve()));
      })`);

    const text = 'x'.repeat(size);
    const startedAt = performance.now();
    for (let n = 0; n < OVERLAYS; n++) {
      await events.broadcastOverlayUpdate('heatmap', { n, sentAt: Date.now(), text });
      if (n % EVENT_EVERY === 0) await events.broadcastEvent('bark', { n, sentAt: Date.now() });
      const dueAt = startedAt + (n * 1000) / OVERLAYS_PER_SECOND;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueAt - performance.now())));
    }
    const last = OVERLAYS - 1;
    await page.waitForFunction(`window.handled.some(({ type, n }) => type === 'overlay' && n === ${last})`);
    const handled = await page.evaluate<Handled[]>('window.handled');
    await page.waitForFunction('window.client.stats.conflated > 0', undefined, { timeout: 15_000 });
    await page.close();

    const barks = handled.filter(({ type }) => type === 'event').map(({ n }) => n);
    const overlays = handled.filter(({ type }) => type === 'overlay');
    expect(barks).toEqual(Array.from({ length: OVERLAYS / EVENT_EVERY }, (_, i) => i * EVENT_EVERY));
    // As many as it can handle, and no old ones: without acknowledgements they would be seconds old.
    expect(overlays.length).toBeGreaterThan(OVERLAYS / 6);
    expect(overlays.length).toBeLessThan(OVERLAYS / 2);
    const ages = overlays.map(({ age }) => age).sort((a, b) => a - b);
    // A few messages' time, 300 ms; a machine that is late with everything is late with these too.
    expect(ages[Math.floor(0.5 * ages.length)]).toBeLessThanOrEqual(1_000);
  });
});
