import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { EventsService } from '../../src/events/events.service.js';
import { openBrowser } from '../../test/support/browser.js';
import { startHub, type TestHub } from '../../test/support/hub.js';
import { ROOT } from '../../test/support/process.js';
import { bundlePage, openReactPage } from './support/react-page.js';
import { type Site, startSite } from './support/site.js';

/** The page of the guide as it is, and with the import swapped; the address is that of the test's hub. */
async function pageWith(hook: string, hub: TestHub): Promise<string> {
  const code = await bundlePage('guide-page.tsx', ...(hook === 'guide' ? (['--guide'] as const) : []));

  return code.replaceAll('ws://localhost:8000/ws/ui', hub.wsUrl);
}

describe('the React example of the guide', () => {
  let hub: TestHub;
  let browser: Browser;
  let site: Site;

  beforeAll(async () => {
    hub = await startHub();
    browser = await openBrowser();
    site = await startSite({ '/guide.js': await pageWith('guide', hub), '/client.js': await pageWith('client', hub) });
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
    await hub.close();
  });

  const lines = (page: Page): Promise<string[]> =>
    page.evaluate(`[...document.querySelectorAll('p, pre')].map(({ textContent }) => textContent
      .replace(/"connection_id":"[^"]+"/, '"connection_id":"…"').replace(/"server_time":"[^"]+"/, '"server_time":"…"'))`);

  it('needs no more than another import', () => {
    const example = readFileSync(join(ROOT, 'client/test/react/guide-example.tsx'), 'utf8');

    expect(example.match(/^import .*$/gm)).toEqual([`import { useWebSocket } from 'dogmonitor-client/react';`]);
  });

  it('shows the same with the hook of the client as with its own', async () => {
    const pages = await Promise.all(
      ['/guide.js', '/client.js'].map((script) => openReactPage(browser, site.url, script, hub)),
    );
    for (const page of pages) await page.waitForSelector('pre');

    const events = hub.app.get(EventsService);
    await events.broadcastAction('sit', { confidence: 0.95, metadata: { duration: 5.2 } });
    await events.broadcastOverlayUpdate('detection', { boxes: [{ x: 1, y: 2, w: 3, h: 4, label: 'dog' }] });
    await events.broadcastTelemetry({ fps: 30, battery: 85 });
    await events.broadcast({ type: 'custom', data: { text: '<b>ü</b>' } });
    await events.broadcastEvent('test_event', { message: 'Hello WebSocket' });

    for (const page of pages) await page.waitForFunction(`document.querySelectorAll('pre').length === 6`);
    const [guide, client] = await Promise.all(pages.map(lines));
    expect(client).toEqual(guide);
    expect(client?.[0]).toBe('Connected');

    await hub.app.close();
    for (const page of pages) await page.waitForFunction(`document.querySelector('p').textContent === 'Disconnected'`);
    await Promise.all(pages.map((page) => page.close()));
  });
});
