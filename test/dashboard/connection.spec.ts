import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { type Dashboard, eventually, goTo, openDashboard, watchConnection } from '../support/dashboard.js';
import { post } from '../support/http.js';
import { startHub, type TestHub } from '../support/hub.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** What goes wrong shows itself within five seconds; as many again for a slow machine. */
const WITHIN_MS = 10_000;

describe('the connection of the page', () => {
  let hub: TestHub;
  let proxy: TcpProxy;
  let browser: Browser;
  let dashboard: Dashboard;
  let page: Page;

  const bark = (): Promise<unknown> => post(`${hub.url}/api/events/broadcast`, { event_type: 'bark', data: {} });
  const connectionLabel = (label: RegExp) => page.getByLabel(label);

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

  it('tells its round trip, how much comes, and how old the last is', async () => {
    await bark();

    await page.locator('.connection-figures').getByText('round trip').waitFor();
    await page.locator('.connection-figures').getByText('messages').waitFor();
    await page.locator('.connection-figures').getByText(/ago$/).waitFor();
  });

  it('shows soon that the hub is gone, and when it tries again', async () => {
    await bark();
    const said = await watchConnection(page);
    await hub.close();

    const retry = /^Connection: reconnecting in \d+ s$/;
    expect(await eventually(said, (labels) => labels.some((each) => retry.test(each)), WITHIN_MS)).toEqual(
      expect.arrayContaining([expect.stringMatching(retry)]),
    );
    await goTo(page, 'Hub');
    await page.getByText('unreachable').waitFor({ timeout: WITHIN_MS });
  });

  it('shows soon that the network is cut, and goes on when it is mended', async () => {
    await bark();
    const said = await watchConnection(page);
    proxy.blackhole('both');

    const stale = expect.stringMatching(/^Connection: stale/);
    expect(await eventually(said, (labels) => labels.some((each) => each.includes('stale')), WITHIN_MS)).toEqual(
      expect.arrayContaining([stale]),
    );
    await goTo(page, 'Hub');
    await page.getByText('unreachable').waitFor({ timeout: WITHIN_MS });

    proxy.blackhole(null);
    await connectionLabel(/^Connection: live$/).waitFor();
    await page.getByText('memory').waitFor();
  });

  it('tells how many events it got afterwards that it had missed', async () => {
    await bark();
    await page.locator('.connection-figures').getByText(/ago$/).waitFor();
    // What is sent is lost on the way, and then the connection breaks.
    proxy.blackhole('both');
    await bark();
    await bark();
    await bark();
    proxy.blackhole(null);
    proxy.reset();

    await page.locator('.notices').getByText('3 missed events recovered').waitFor();
    await connectionLabel(/^Connection: live$/).waitFor();
  });

  it('tells of a gap when the hub has forgotten what happened meanwhile', async () => {
    await bark();
    await page.locator('.connection-figures').getByText(/ago$/).waitFor();
    const { port } = new URL(hub.url);
    await hub.close();
    hub = await startHub({ PORT: port });

    await page.getByText(/^gap: .+ of events are no longer in the log$/).waitFor();
    await connectionLabel(/^Connection: live$/).waitFor();
  });
});

describe('the page', () => {
  let hub: TestHub;
  let browser: Browser;

  beforeAll(async () => {
    hub = await startHub();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await hub.close();
  });

  it('paints within a second, complains of nothing, and asks no other host', async () => {
    const paintMs: number[] = [];
    // The best of three, since the machine may have had something else to do.
    for (let i = 0; i < 3; i++) {
      const { page, problems, close } = await openDashboard(browser, hub.url);
      paintMs.push(await page.evaluate<number>("performance.getEntriesByName('first-contentful-paint')[0].startTime"));
      expect(problems).toEqual([]);
      await close();
    }

    expect(Math.min(...paintMs)).toBeLessThan(1_000);
  });

  it.each(['dark', 'light'] as const)(
    'is %s where the system is, and the other way round by T',
    async (colorScheme) => {
      const { page, close } = await openDashboard(browser, hub.url, { colorScheme });
      const theme = (): Promise<string | undefined> => page.evaluate('document.documentElement.dataset.theme');
      const other = colorScheme === 'dark' ? 'light' : 'dark';

      expect(await theme()).toBe(colorScheme);
      await page.keyboard.press('t');
      expect(await theme()).toBe(other);

      await page.reload();
      await page.getByLabel('Connection: live').waitFor();
      expect(await theme()).toBe(other);
      await close();
    },
  );

  it('lists its keys by ?, but lets them be typed into a field', async () => {
    const { page, close } = await openDashboard(browser, hub.url);
    await goTo(page, 'Hub');
    await page.getByLabel(/Body of POST/).fill('');
    await page.keyboard.type('t?o');
    expect(await page.getByLabel(/Body of POST/).inputValue()).toBe('t?o');
    expect(await page.getByRole('dialog').count()).toBe(0);

    await page.getByRole('heading', { name: 'Hub' }).click();
    await goTo(page, 'Monitor');
    await page.keyboard.press('?');
    const keys = await page.getByRole('dialog').locator('kbd').allInnerTexts();
    expect(keys).toEqual(expect.arrayContaining(['T', '?', 'B', 'O', 'F', 'S', 'V']));
    await close();
  });

  it.each([360, 768, 1280, 1920, 2560, 3840])('has nothing to scroll sideways at %d px', async (width) => {
    const { page, close } = await openDashboard(browser, hub.url, { viewport: { width, height: 900 } });

    expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    await close();
  });
});
