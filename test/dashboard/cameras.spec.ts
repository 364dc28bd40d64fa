import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { EventsService } from '../../src/events/events.service.js';
import { openBrowser } from '../support/browser.js';
import { type Dashboard, eventually, openDashboard, queryOf } from '../support/dashboard.js';
import { startHub, type TestHub } from '../support/hub.js';

const NAMES = ['attic', 'bed', 'cellar', 'door'] as const;
const HOUR_MS = 3_600_000;

describe('several cameras', () => {
  let hub: TestHub;
  let events: EventsService;
  let browser: Browser;
  let dashboard: Dashboard;
  let page: Page;

  /** Each has its box elsewhere: at this share of the width. */
  const placeOf = (name: string): number => 0.1 + 0.2 * NAMES.indexOf(name as (typeof NAMES)[number]);
  const see = async (names: readonly string[] = NAMES): Promise<void> => {
    for (const source of names) {
      const x = Math.round(1_280 * placeOf(source));
      const boxes = [{ x, y: 200, w: 60, h: 300, label: 'dog', confidence: 1 }];
      await events.broadcastOverlayUpdate('detection', { width: 1_280, height: 720, boxes }, { source });
    }
  };
  /** At which of the four places something is drawn over each picture, by the name of its camera. */
  const inkOf = (): Promise<Record<string, number[]>> =>
    page.evaluate<
      Record<string, number[]>
    >(`Object.fromEntries([...document.querySelectorAll('.stage-screen')].map((screen) => {
      const canvases = [...screen.querySelectorAll('canvas')];
      const { width, height } = canvases[0];
      const copy = new OffscreenCanvas(width || 1, height || 1).getContext('2d', { willReadFrequently: true });
      if (width > 0) for (const canvas of canvases) copy.drawImage(canvas, 0, 0);
      const places = [0, 1, 2, 3].filter((place) => {
        const left = Math.round(width * (0.1 + 0.2 * place)) - 3;
        const { data } = copy.getImageData(left, Math.round(height * 0.55), 8, 1);
        return data.some((value, i) => i % 4 === 3 && value > 0);
      });
      return [screen.closest('[data-camera]')?.dataset.camera ?? 'alone', places];
    }))`);
  const shows = (wanted: Record<string, number[]>, names?: readonly string[]): Promise<Record<string, number[]>> =>
    eventually(
      async () => {
        // Each time anew, since it fades.
        await see(names);

        return inkOf();
      },
      (ink) => JSON.stringify(ink) === JSON.stringify(wanted),
    );
  const ALL = { attic: [0], bed: [1], cellar: [2], door: [3] };

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
    expect(dashboard.problems).toEqual([]);
  });

  it('are beside each other, each with its own overlays, name and rate', async () => {
    expect(await shows(ALL)).toEqual(ALL);
    expect(await page.locator('.camera-name bdi').allInnerTexts()).toEqual([...NAMES]);
    const rate = /^(\d+\/s|stale)/;
    expect(
      await eventually(
        () => page.locator('.camera-rate').first().innerText(),
        (text) => rate.test(text),
      ),
    ).toMatch(rate);
  });

  it('have the zones that were set before the page was opened, each its own', async () => {
    for (const source of ['attic', 'bed']) {
      const [left, right] = [placeOf(source) * 1_280 - 20, placeOf(source) * 1_280 + 20];
      const polygon = [
        [left, 100],
        [right, 100],
        [right, 600],
        [left, 600],
      ];
      const data = { width: 1_280, height: 720, zones: [{ name: '', polygon }] };
      await events.broadcastOverlayUpdate('zone', data, { source });
    }
    await page.reload();
    await page.getByLabel('Connection: live').waitFor();

    const wanted = { attic: [0], bed: [1] };
    expect(await eventually(inkOf, (ink) => JSON.stringify(ink) === JSON.stringify(wanted))).toEqual(wanted);
    await page.keyboard.press('2');
    expect(await eventually(inkOf, ({ alone }) => alone?.join() === '1')).toEqual({ alone: [1] });
  });

  it('are one by click, and all again; the link says which', async () => {
    await shows(ALL);
    await page.getByRole('button', { name: 'Show cellar alone' }).click();
    expect(await shows({ alone: [2] })).toEqual({ alone: [2] });
    expect((await queryOf(page)).get('camera')).toBe('cellar');

    await page.reload();
    await page.getByLabel('Connection: live').waitFor();
    expect(await shows({ alone: [2] })).toEqual({ alone: [2] });

    await page.getByRole('button', { name: 'All cameras' }).click();
    expect(await shows(ALL)).toEqual(ALL);
    expect((await queryOf(page)).has('camera')).toBe(false);
  });

  it('are one by its number, and all again by 0', async () => {
    await shows(ALL);
    await page.keyboard.press('2');
    expect(await shows({ alone: [1] })).toEqual({ alone: [1] });

    await page.keyboard.press('0');
    expect(await shows(ALL)).toEqual(ALL);
  });

  it('are as many beside each other as the layout says, which the link keeps', async () => {
    await shows(ALL);
    await page.getByRole('radio', { name: '1 at once' }).check({ force: true });
    expect(await shows({ alone: [0] })).toEqual({ alone: [0] });
    expect((await queryOf(page)).get('layout')).toBe('1');

    await page.reload();
    await page.getByLabel('Connection: live').waitFor();
    expect(await shows({ alone: [0] })).toEqual({ alone: [0] });
  });

  it('are filtered in timeline and telemetry too, when one is chosen', async () => {
    await shows(ALL);
    for (const source of ['attic', 'bed']) {
      await events.broadcastEvent('bark', { label: `in the ${source}` }, { source });
      await events.broadcastTelemetry({ fps: source.length }, { source });
    }
    await page.locator('.event-line').nth(1).waitFor();
    await page.locator('.reading-source').nth(1).waitFor();

    await page.keyboard.press('2');
    await page.locator('.event-line').filter({ hasText: 'in the attic' }).waitFor({ state: 'detached' });
    expect(await page.locator('.event-line').count()).toBe(1);
    expect(await page.getByRole('figure', { name: 'Frames' }).locator('output').allInnerTexts()).toEqual(['3fps']);

    await page.keyboard.press('0');
    await page.locator('.event-line').nth(1).waitFor();
  });

  it('keep a picture each, in this browser', async () => {
    await shows(ALL);
    await page.getByRole('button', { name: 'Picture of bed' }).click();
    await page.getByLabel('Address').fill(`${hub.url}/favicon.svg`);
    await page.getByRole('radio', { name: 'Live picture' }).check({ force: true });
    await page.getByRole('button', { name: 'Show it' }).click();
    const image = page.locator('[data-camera="bed"] img.stage-picture');
    await image.waitFor();

    await page.reload();
    await page.getByLabel('Connection: live').waitFor();
    await eventually(
      async () => {
        await see();
        return image.count();
      },
      (count) => count === 1,
    );
    expect(await page.locator('.stage-screen[data-kind="mjpeg"]').count()).toBe(1);
    await page.keyboard.press('2');
    await page.locator('img.stage-picture').waitFor();
    expect((await queryOf(page)).get('stage')).toBe('mjpeg');
  });

  it('have nothing to scroll sideways on a phone', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await shows(ALL);

    expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    const widths = await page.evaluate<number[]>(
      `[...document.querySelectorAll('.camera-tile')].map((tile) => tile.getBoundingClientRect().width)`,
    );
    expect(Math.min(...widths)).toBeGreaterThan(120);
  });
});

describe('a camera that is silent', () => {
  let hub: TestHub;
  let browser: Browser;
  let dashboard: Dashboard;
  let page: Page;

  beforeAll(async () => {
    browser = await openBrowser();
    hub = await startHub();
    dashboard = await openDashboard(browser, hub.url, {}, (blank) => blank.clock.install());
    page = dashboard.page;
  });
  afterAll(async () => {
    await browser.close();
    await hub.close();
  });

  const tiles = (): Promise<string[]> => page.locator('.camera-name bdi').allInnerTexts();
  const options = (): Promise<string[]> => page.getByLabel('Camera').locator('option').allInnerTexts();
  const see = async (...names: string[]): Promise<void> => {
    for (const source of names)
      await hub.app.get(EventsService).broadcastOverlayUpdate('zone', { zones: [] }, { source });
  };
  const tilesAre = (wanted: string[]): Promise<string[]> =>
    eventually(
      async () => {
        await page.clock.runFor(1_000);
        return tiles();
      },
      (found) => found.join() === wanted.join(),
    );

  it('is folded away after an hour, leaves the list after a day, and comes back when it is heard or asked for', async () => {
    await see('attic', 'bed', 'cellar');
    expect(await tilesAre(['attic', 'bed', 'cellar'])).toEqual(['attic', 'bed', 'cellar']);

    await page.clock.fastForward(HOUR_MS + 60_000);
    await page.getByLabel(/^Connection: live/).waitFor();
    await see('attic', 'bed');
    expect(await tilesAre(['attic', 'bed'])).toEqual(['attic', 'bed']);
    expect((await options()).join()).toContain('cellar (silent for 1 h)');

    await page.clock.fastForward(24 * HOUR_MS);
    await page.getByLabel(/^Connection: live/).waitFor();
    await see('attic', 'bed');
    expect(await tilesAre(['attic', 'bed'])).toEqual(['attic', 'bed']);
    expect((await options()).join()).not.toContain('cellar');

    await page.getByLabel('Camera').selectOption('More, silent for a day …');
    expect((await options()).join()).toContain('cellar (silent for 1 d)');
    await see('cellar');
    expect(await tilesAre(['attic', 'bed', 'cellar'])).toEqual(['attic', 'bed', 'cellar']);
  });
});
