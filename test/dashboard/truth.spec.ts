import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { EventsService } from '../../src/events/events.service.js';
import { openBrowser } from '../support/browser.js';
import { type Dashboard, eventually, openDashboard } from '../support/dashboard.js';
import { startHub, type TestHub } from '../support/hub.js';
import { TcpProxy } from '../support/tcp-proxy.js';

describe('the stage tells', () => {
  let hub: TestHub;
  let proxy: TcpProxy;
  let browser: Browser;
  let dashboard: Dashboard;
  let page: Page;

  const events = (): EventsService => hub.app.get(EventsService);
  /** Whether the dog of the scene is in its bed. */
  const isAsleep = (): Promise<boolean> =>
    page.evaluate(`document.querySelector('.scene-dog').dataset.away === 'false'`);
  /** How much of the picture this covers, 0..1. */
  const share = (selector: string): Promise<number> =>
    page.evaluate<number>(`(() => {
      const [a, b] = ['${selector}', '.stage-screen'].map((each) => document.querySelector(each).getBoundingClientRect());
      return (a.width * a.height) / (b.width * b.height);
    })()`);

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    hub = await startHub();
    proxy = await TcpProxy.start({ targetPort: Number(new URL(hub.url).port) });
    dashboard = await openDashboard(browser, `http://127.0.0.1:${proxy.port}`);
    page = dashboard.page;
  });
  afterEach(async () => {
    await dashboard.close();
    await proxy.close();
    await hub.close();
  });

  it('that the hub is gone, since when and when it tries again, and shows no sleeping dog', async () => {
    const { port } = new URL(hub.url);
    await hub.close();
    await page.getByText(/^No connection since \d/).waitFor();
    await page.getByText(/^next try in \d+ s$/).waitFor();
    expect(await share('.stage-lost')).toBeCloseTo(1, 2);
    expect(await isAsleep()).toBe(false);
    expect(await page.getByText(/^(Quiet since|Nothing seen yet)/).count()).toBe(0);

    hub = await startHub({ PORT: port });
    await page.locator('.stage-lost').waitFor({ state: 'detached' });
  });

  it('that nothing is heard any more, though the line seems to stand', async () => {
    proxy.blackhole('both');
    await page.getByText(/^(Nothing heard|No connection) since \d/).waitFor();
    expect(await isAsleep()).toBe(false);

    proxy.blackhole(null);
    await page.locator('.stage-lost').waitFor({ state: 'detached' });
  });

  it('that this device has no network', async () => {
    proxy.blackhole('both');
    await page.context().setOffline(true);

    await page.getByText('this device is offline').waitFor();
    await page.getByLabel('Connection: offline').waitFor();
  });

  it('that nothing was seen yet, and after something was since when it is quiet', async () => {
    await page.getByText('Nothing seen yet').waitFor();
    await events().broadcastEvent('bark', {});

    await page.getByText(/^Quiet since \d/).waitFor();
    expect(await page.getByText('Nothing seen yet').count()).toBe(0);
    await page.reload();
    await page.getByText(/^Quiet since \d/).waitFor();
  });

  it.each([
    ['detection', { boxes: [{ x: 0.2, y: 0.2, w: 0.3, h: 0.3 }] }, /Boxes: shares of the picture.*data\.width/],
    ['detection', { boxes: [{ x: 1_800, y: 900, w: 90, h: 90 }] }, /Boxes: outside of the picture.*data\.width/],
    ['pose', { keypoints: [{ x: 0.5, y: 0.5 }] }, /Pose: shares of the picture/],
  ] as const)('that a %s cannot be where it says: %j', async (type, data, text) => {
    const shown = await eventually(
      async () => {
        // Each time anew, since it fades.
        await events().broadcastOverlayUpdate(type, data);

        return page.locator('.stage-misfit').allInnerTexts();
      },
      ([first]) => text.test(first ?? ''),
    );
    expect(shown.join()).toMatch(text);

    await page.locator('.stage-misfit').waitFor({ state: 'detached' });
  });
});

describe('the time of an event', () => {
  let hub: TestHub;
  let browser: Browser;
  let dashboard: Dashboard;

  beforeAll(async () => {
    browser = await openBrowser();
    hub = await startHub();
    dashboard = await openDashboard(browser, hub.url, { locale: 'en-US', timezoneId: 'America/New_York' });
  });
  afterAll(async () => {
    await browser.close();
    await hub.close();
  });

  it.each([
    ['seconds since 1970', 1_761_301_800, /10\/24\/2025/],
    ['ms since 1970', 1_761_301_800_000, /10\/24\/2025/],
    ['one with a zone', '2025-10-24T10:30:00Z', /10\/24\/2025, 6:30/],
    ['one without a zone', '2025-10-24T10:30:00', /^2025-10-24T10:30:00 \(without a zone\)$/],
  ])('is told as what it is: %s', async (label, timestamp, text) => {
    const { page } = dashboard;
    await hub.app.get(EventsService).broadcastEvent('bark', { label, timestamp });
    const line = page.locator('.event-line').filter({ hasText: label });
    await line.click();

    const happened = page.locator('.event-details dt', { hasText: 'happened' }).locator('xpath=../dd');
    expect(await happened.innerText()).toMatch(text);
    await line.click();
  });
});
