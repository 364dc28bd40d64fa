import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { EventsService } from '../../src/events/events.service.js';
import { openBrowser } from '../../test/support/browser.js';
import { startHub, type TestHub } from '../../test/support/hub.js';
import { bundleClient } from './support/bundle.js';
import { type Site, startSite } from './support/site.js';
import { Switch } from './support/switch.js';

describe('a page in Chromium whose network was lost', () => {
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

  it.each([
    [
      'is online again',
      async (page: Page): Promise<unknown> => {
        await page.context().setOffline(true);
        return page.context().setOffline(false);
      },
    ],
    // Those of a page that nobody sees, which Chromium without a head never is.
    [
      'goes on after it was frozen',
      (page: Page): Promise<unknown> => page.evaluate(`document.dispatchEvent(new Event('resume'))`),
    ],
    [
      'comes by the back button',
      (page: Page): Promise<unknown> =>
        page.evaluate(`dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))`),
    ],
  ])('finds that its socket is dead when it %s, and has what it missed', async (_, wake) => {
    const { port } = new URL(hub.url);
    const network = await Switch.start(Number(port));
    const page = await browser.newPage();
    await page.goto(site.url);
    // The heartbeat and the wait after a loss are longer than the test: only the wake-up can bring it back.
    await page.evaluate(`import('/client.js').then(({ createHubClient }) => {
      const far = { minMs: 1e9, maxMs: 1e9 };
      window.client = createHubClient({ url: '${network.url}', heartbeatMs: 1e9, backoff: far });
      window.got = [];
      client.on('event', ({ data }) => got.push(data.n));
    })`);
    await page.waitForFunction(`window.client?.state.name === 'open'`);
    const first = await page.evaluate('client.connectionId');

    network.mute();
    await hub.app.get(EventsService).broadcastEvent('bark', { n: 1 });
    await wake(page);

    await page.waitForFunction(`window.got.length === 1 && client.state.name === 'open'`);
    expect(await page.evaluate('got')).toEqual([1]);
    expect(await page.evaluate('client.connectionId')).not.toBe(first);
    await page.close();
    await network.close();
  });
});
