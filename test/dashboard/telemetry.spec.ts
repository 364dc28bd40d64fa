import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { EventsService } from '../../src/events/events.service.js';
import { openBrowser } from '../support/browser.js';
import { type Dashboard, eventually, openDashboard, queryOf } from '../support/dashboard.js';
import { startHub, type TestHub } from '../support/hub.js';

describe('the telemetry panel', () => {
  let hub: TestHub;
  let events: EventsService;
  let browser: Browser;
  let dashboard: Dashboard;
  let page: Page;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    hub = await startHub();
    events = hub.app.get(EventsService);
    dashboard = await openDashboard(browser, hub.url, { locale: 'en-US' });
    page = dashboard.page;
  });
  afterEach(async () => {
    await dashboard.close();
    await hub.close();
  });

  /** The figures of one reading, source by source. */
  const figures = (name: string): Promise<string[]> =>
    page.getByRole('figure', { name, exact: true }).locator('output').allInnerTexts();
  const shows = (name: string, wanted: string[]): Promise<string[]> =>
    eventually(
      () => figures(name),
      (got) => got.join() === wanted.join(),
    );
  /** How many pixels of its chart have a colour: grid and writing are grey. What is out of sight is not drawn. */
  async function inkOf(name: string): Promise<number> {
    const canvas = page.getByRole('figure', { name, exact: true }).locator('canvas');
    await canvas.scrollIntoViewIfNeeded();

    return page.evaluate<number>(`(() => {
      const canvas = document.querySelector('figure[aria-label="${name}"] canvas');
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
      let ink = 0;
      for (let i = 0; i < data.length; i += 4) {
        const [r, g, b, a] = data.subarray(i, i + 4);
        if (a > 200 && Math.max(r, g, b) - Math.min(r, g, b) > 50) ink++;
      }
      return ink;
    })()`);
  }

  it('says what to do while there is none', async () => {
    await page.getByText('No readings yet.').waitFor();
    expect(await page.getByRole('figure').count()).toBe(0);
  });

  it('has a figure and a chart for each number that arrives, with its unit', async () => {
    await events.broadcastTelemetry({ fps: 30, latency_ms: 120, temperature: 45.5, battery: 85, mood: 0.5, text: 'x' });

    expect(await shows('Frames', ['30fps'])).toEqual(['30fps']);
    expect(await figures('Latency')).toEqual(['120ms']);
    expect(await figures('Temperature')).toEqual(['45.5°C']);
    expect(await figures('Battery')).toEqual(['85%']);
    expect(await figures('Mood')).toEqual(['0.5']);
    expect(await page.getByRole('figure').count()).toBe(5);
    expect(
      await eventually(
        () => inkOf('Battery'),
        (ink) => ink > 0,
      ),
    ).toBeGreaterThan(0);

    await events.broadcastTelemetry({ battery: 84 });
    expect(await shows('Battery', ['84%'])).toEqual(['84%']);
    expect(dashboard.problems).toEqual([]);
  });

  it('shows what the hub has kept, and says how old it is', async () => {
    await events.broadcastTelemetry({ fps: 30 });
    await shows('Frames', ['30fps']);
    await page.reload();

    expect(await shows('Frames', ['30fps'])).toEqual(['30fps']);
    await page
      .getByRole('figure', { name: 'Frames' })
      .getByText(/^\d+ s ago$/)
      .waitFor();
  });

  it('tells the sources apart', async () => {
    for (const source of ['cam-2', 'cam-1', 'cam-3']) {
      await events.broadcastTelemetry({ fps: Number(source.at(-1)) }, { source });
    }

    expect(await shows('Frames', ['1fps', '2fps', '3fps'])).toEqual(['1fps', '2fps', '3fps']);
    const frames = page.getByRole('figure', { name: 'Frames' });
    expect(await frames.locator('.reading-source').allInnerTexts()).toEqual(['cam-1', 'cam-2', 'cam-3']);
  });

  it('has windows of 1, 5 and 15 minutes, and the choice is in the address', async () => {
    await page.getByRole('radio', { name: '15 minutes' }).check({ force: true });
    expect((await queryOf(page)).get('minutes')).toBe('15');
    await page.reload();
    await page.getByLabel('Connection: live').waitFor();
    expect(await page.getByRole('radio', { name: '15 minutes' }).isChecked()).toBe(true);

    // By keys.
    await page.getByRole('radio', { name: '15 minutes' }).focus();
    await page.keyboard.press('ArrowLeft');
    expect(await page.getByRole('radio', { name: '5 minutes', exact: true }).isChecked()).toBe(true);
  });

  it('points at one moment in all charts', async () => {
    await events.broadcastTelemetry({ fps: 30, battery: 85 });
    await shows('Frames', ['30fps']);
    const chart = page.getByRole('figure', { name: 'Frames' }).locator('.u-over');
    await chart.scrollIntoViewIfNeeded();
    await chart.hover({ position: { x: 20, y: 20 } });

    await page.getByText(/^at \d\d:\d\d:\d\d$/).waitFor();
    expect(await shows('Battery', ['–%'])).toEqual(['–%']);
    expect(await figures('Frames')).toEqual(['–fps']);
    const left = (name: string): Promise<string> =>
      page
        .getByRole('figure', { name })
        .locator('.u-cursor-x')
        .evaluate((element) => (element as unknown as { style: { transform: string } }).style.transform);
    expect(await left('Battery')).toBe(await left('Frames'));
    expect(await left('Battery')).toMatch(/translate\(1\d|2\d/);

    await page.mouse.move(5, 5);
    expect(await shows('Frames', ['30fps'])).toEqual(['30fps']);
  });

  it('draws in the colours of the theme', async () => {
    await events.broadcastTelemetry({ fps: 30 });
    await shows('Frames', ['30fps']);
    const color = (): Promise<string> =>
      page.evaluate<string>(`getComputedStyle(document.querySelector('.chart')).getPropertyValue('--series-1')`);
    const before = await color();
    await page.keyboard.press('t');

    expect(await color()).not.toBe(before);
    expect(
      await eventually(
        () => inkOf('Frames'),
        (ink) => ink > 0,
      ),
    ).toBeGreaterThan(0);
    expect(dashboard.problems).toEqual([]);
  });

  it('shows safely whatever a producer makes up, and only so much of it', async () => {
    const html = '<img src=x onerror="document.title=1">';
    await events.broadcastTelemetry({
      [html]: 1,
      huge: 1.7e308,
      tiny: 5e-324,
      below: -1e300,
      ['k'.repeat(5_000)]: 1,
      deep: { a: { b: 2 } },
    });
    // Each from another source: of the same one, a newer message may take the place of an older.
    for (const source of ['a', 'b']) {
      const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`key_${source}_${n}`, n]));
      await events.broadcastTelemetry(many, { source });
    }

    await page.getByText('There are more readings than this page can show.').waitFor();
    expect(await page.getByRole('figure').count()).toBeLessThanOrEqual(64);
    expect(await page.locator('.telemetry-panel img').count()).toBe(0);
    expect(await page.title()).toBe('Dog monitor');
    expect(await shows('Huge', ['1.7e308'])).toEqual(['1.7e308']);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    expect(dashboard.problems).toEqual([]);
  });

  it('renders a few times a second, however much comes', async () => {
    await events.broadcastTelemetry({ fps: 0 });
    await shows('Frames', ['0fps']);
    await page.evaluate(`window.changes = 0; new MutationObserver(() => changes++).observe(
      document.querySelector('.readings'), { childList: true, subtree: true, characterData: true })`);
    for (let n = 1; n <= 600; n++) {
      await events.broadcastTelemetry({ fps: n });
      await new Promise((resolve) => setTimeout(resolve, 2));
    }

    expect(await shows('Frames', ['600fps'])).toEqual(['600fps']);
    // In about two seconds; one for each message would be 600.
    expect(await page.evaluate<number>('changes')).toBeLessThan(100);
  });
});
