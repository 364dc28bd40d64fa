import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { EventsService } from '../../src/events/events.service.js';
import { openBrowser } from '../support/browser.js';
import { TestClient } from '../support/client.js';
import { type Dashboard, eventually, openDashboard, queryOf } from '../support/dashboard.js';
import { startHub, type TestHub } from '../support/hub.js';

const FULL = 'document.fullscreenElement !== null';

describe('by mouse', () => {
  let hub: TestHub;
  let browser: Browser;
  let dashboard: Dashboard;
  let page: Page;

  const button = (name: string | RegExp): Locator => page.getByRole('button', { name });
  const evaluated = <T>(expression: string, wanted: T): Promise<T> =>
    eventually(
      () => page.evaluate<T>(expression),
      (value) => value === wanted,
    );
  const barks = async (count: number): Promise<void> => {
    for (let n = 1; n <= count; n++) await hub.app.get(EventsService).broadcastEvent('bark', { n });
    await page.getByText(`${count} events`, { exact: true }).waitFor();
  };

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    hub = await startHub();
    dashboard = await openDashboard(browser, hub.url, { locale: 'en-US', colorScheme: 'dark' });
    page = dashboard.page;
  });
  afterEach(async () => {
    await dashboard.close();
    await hub.close();
    expect(dashboard.problems).toEqual([]);
  });

  it('each kind of overlay is switched off and on', async () => {
    for (const name of ['Boxes', 'Pose', 'Heat', 'Zones', 'Notes']) {
      const toggle = button(new RegExp(`^${name}`));
      expect(await toggle.getAttribute('aria-pressed')).toBe('true');
      await toggle.click();
      await button(new RegExp(`^${name} off`)).waitFor();
      expect(await toggle.getAttribute('aria-pressed')).toBe('false');
    }
    expect((await queryOf(page)).has('overlays')).toBe(true);

    for (const toggle of await page.getByRole('group', { name: 'Overlays' }).getByRole('button').all()) {
      await toggle.click();
      expect(await toggle.getAttribute('aria-pressed')).toBe('true');
    }
    expect((await queryOf(page)).has('overlays')).toBe(false);
  });

  it('the stage fills the screen, and leaves it', async () => {
    await button('Full screen').click();
    expect(await evaluated(FULL, true)).toBe(true);

    await button('Full screen').click();
    expect(await evaluated(FULL, false)).toBe(false);
  });

  it('a snapshot is saved', async () => {
    const client = await TestClient.open(`${hub.wsUrl}?types=event`);
    const [download] = await Promise.all([page.waitForEvent('download'), button('Snapshot').click()]);
    await client.until(() => client.messages.length > 0);

    expect(client.messages[0]).toMatchObject({
      event_type: 'snapshot_saved',
      data: { file: download.suggestedFilename() },
    });
    client.socket.close();
  });

  it('the theme is changed, and back', async () => {
    await button('Light theme').click();
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('light');

    await button('Dark theme').click();
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
  });

  it('the timeline stands still and goes on', async () => {
    await barks(2);
    await button('Pause the timeline').click();
    await page.getByText('paused').waitFor();

    await button('Go on').click();
    await page.getByText('2 events', { exact: true }).waitFor();
    await button('Pause the timeline').waitFor();
  });

  it('a stretch of the last hour is chosen and cleared', async () => {
    await barks(3);
    const bars = page.getByRole('slider', { name: /Events in the last hour/ });
    const text = (): Promise<string | null> => bars.getAttribute('aria-valuetext');
    const { x, y, width, height } = (await bars.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width - 1, y + height / 2, { steps: 4 });
    await page.mouse.up();
    expect(await eventually(text, (value) => /· 3 events$/.test(value ?? ''))).toMatch(
      /^\d\d:\d\d–\d\d:\d\d · 3 events$/,
    );

    await button('Clear').click();
    expect(await eventually(text, (value) => value === 'none chosen')).toBe('none chosen');
  });

  it('a chosen stretch is replayed: stopped, gone on with, faster, from another moment, and ended', async () => {
    await barks(3);
    const bars = page.getByRole('slider', { name: /Events in the last hour/ });
    await bars.focus();
    for (const key of ['ArrowRight', 'Shift+ArrowLeft', 'Shift+ArrowLeft']) await page.keyboard.press(key);
    await button('Replay').click();
    const replay = page.getByRole('group', { name: 'Replay' });
    await replay.getByRole('button', { name: 'Pause the replay' }).click();
    await replay.getByRole('button', { name: 'Play' }).click();
    await page.getByRole('heading', { name: 'Timeline' }).click();
    await page.keyboard.press('Space');
    await replay.getByRole('button', { name: 'Play' }).waitFor();

    for (const speed of [1, 2, 4, 8]) await button(`Speed: ${speed} times`).click();
    await button('Speed: 1 times').waitFor();
    const moment = page.getByLabel('Moment of the replay');
    await moment.fill('1000');
    expect(await moment.inputValue()).toBe('1000');

    await page.getByRole('heading', { name: 'Timeline' }).click();
    await page.keyboard.press('Escape');
    await replay.waitFor({ state: 'detached' });
    await bars.waitFor();
  });
});

describe('while the clock of the page stands still', () => {
  let hub: TestHub;
  let browser: Browser;
  let dashboard: Dashboard;
  let page: Page;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    hub = await startHub();
    dashboard = await openDashboard(browser, hub.url, {}, (blank) => blank.clock.install());
    page = dashboard.page;
    await page.clock.pauseAt(await page.evaluate<number>('Date.now() + 2_000'));
  });
  afterEach(async () => {
    await dashboard.close();
    await hub.close();
  });

  it('a notice goes by its cross', async () => {
    await page.keyboard.press('b');
    const notice = page.locator('.notice').filter({ hasText: 'Bookmarked' });
    await notice.getByRole('button', { name: 'Dismiss' }).click();

    await notice.waitFor({ state: 'detached' });
  });

  it('it connects at once where that is asked for', async () => {
    const { port } = new URL(hub.url);
    await hub.close();
    await page.getByLabel(/^Connection: reconnecting in \d+ s$/).waitFor();
    hub = await startHub({ PORT: port });

    await page.getByRole('button', { name: 'Connect now' }).click();
    await page.getByLabel('Connection: live').waitFor();
  });
});
