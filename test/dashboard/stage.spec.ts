import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { TestClient } from '../support/client.js';
import { type Dashboard, eventually, openDashboard, queryOf } from '../support/dashboard.js';
import { get, post } from '../support/http.js';
import { startHub, type TestHub } from '../support/hub.js';
import { inkIn, type Part, WHOLE } from './ink.js';

interface Connections {
  connections: { transport: string; filter?: unknown }[];
}

describe('the stage', () => {
  let hub: TestHub;
  let browser: Browser;
  let dashboard: Dashboard;
  let page: Page;

  const overlay = (overlay_type: string, data: object, source?: string): Promise<unknown> =>
    post(`${hub.url}/api/events/broadcast/overlay`, { overlay_type, data, ...(source && { source }) });
  const box = (confidence: number, x = 400): { boxes: object[] } => ({
    boxes: [{ x, y: 200, w: 300, h: 200, label: 'dog', confidence }],
  });
  /** Waits until there are connections with these filters and no others: that of a page of before may not have left yet. */
  const filters = (wanted: unknown[]): Promise<unknown[]> =>
    eventually(
      async () =>
        ((await get(`${hub.url}/api/connections`)).body as unknown as Connections).connections.map(
          ({ filter }) => filter,
        ),
      (all) => JSON.stringify(all) === JSON.stringify(wanted),
    );
  /** Waits until so much is drawn in a part; publishes each time anew, since it fades: a slow machine might look too late. */
  const drawn = (part: Part, share: number, publish: () => Promise<unknown>): Promise<number> =>
    eventually(
      async () => {
        await publish();

        return inkIn(page, part);
      },
      (ink) => ink > share,
    );

  beforeAll(async () => {
    hub = await startHub();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await hub.close();
  });

  beforeEach(async () => {
    dashboard = await openDashboard(browser, hub.url);
    page = dashboard.page;
  });
  afterEach(async () => {
    await dashboard.close();
    expect(dashboard.problems).toEqual([]);
  });

  it('draws a box where it is in the picture', async () => {
    expect(await drawn([396, 250, 8, 100], 0.2, () => overlay('detection', box(0.9)))).toBeGreaterThan(0.2);
    expect(await inkIn(page, [450, 250, 200, 100])).toBe(0);
  });

  it('fades what is older than a second, and says that it is stale', async () => {
    await overlay('detection', box(0.9));

    await page
      .getByText(/^stale/)
      .first()
      .waitFor();
    expect(
      await eventually(
        () => inkIn(page, WHOLE),
        (ink) => ink === 0,
      ),
    ).toBe(0);
  });

  it('takes an overlay that is switched off away, and the hub sends no more of it', async () => {
    const toggle = page.getByRole('button', { name: /Boxes/ });
    expect(await drawn(WHOLE, 0, () => overlay('detection', box(0.9)))).toBeGreaterThan(0);

    await toggle.click();

    expect(await toggle.getAttribute('aria-pressed')).toBe('false');
    const withoutBoxes = { overlay_types: ['heatmap', 'zone', 'pose', 'annotation'] };
    expect(await filters([withoutBoxes])).toEqual([withoutBoxes]);
    expect(
      await eventually(
        () => inkIn(page, WHOLE),
        (ink) => ink === 0,
      ),
    ).toBe(0);
    expect((await queryOf(page)).has('overlays')).toBe(true);

    await page.reload();
    await page.getByLabel('Connection: live').waitFor();
    expect(await filters([withoutBoxes])).toEqual([withoutBoxes]);

    await page.getByRole('button', { name: /Boxes/ }).click();
    expect(await filters([undefined])).toEqual([undefined]);
    expect((await queryOf(page)).has('overlays')).toBe(false);
  });

  it('switches all overlays off and on again with O, and still gets events', async () => {
    await page.keyboard.press('o');

    const withoutOverlays = { types: ['event', 'telemetry', 'custom'] };
    expect(await filters([withoutOverlays])).toEqual([withoutOverlays]);

    await page.keyboard.press('o');
    expect(await filters([undefined])).toEqual([undefined]);
  });

  it('leaves out what is less sure than the slider says', async () => {
    await page.getByLabel('Sure from').fill('0.5');
    const both = { boxes: [...box(0.4).boxes, ...box(0.6, 900).boxes] };

    expect(await drawn([896, 250, 8, 100], 0.2, () => overlay('detection', both))).toBeGreaterThan(0.2);
    expect(await inkIn(page, [396, 250, 8, 100])).toBe(0);
    expect((await queryOf(page)).get('confidence')).toBe('0.5');
  });

  it('shows one camera of several', async () => {
    await overlay('detection', box(0.9, 100), 'hall');
    await overlay('detection', box(0.9, 900), 'garden');
    const choice = page.getByLabel('Camera');
    await choice.selectOption('garden');

    const garden = await drawn([896, 250, 8, 100], 0.2, async () => {
      await overlay('detection', box(0.9, 100), 'hall');
      await overlay('detection', box(0.9, 900), 'garden');
    });
    expect(garden).toBeGreaterThan(0.2);
    expect(await inkIn(page, [96, 250, 8, 100])).toBe(0);
    expect((await queryOf(page)).get('camera')).toBe('garden');
  });

  it('draws nothing of data that is broken, and goes on', async () => {
    await overlay('detection', box(0.9), '<img/src=x/onerror=alert(1)>');
    await overlay('detection', { boxes: [{ x: 1, y: 1, w: 9, h: 9, label: '<b>'.repeat(30_000) }] }, 'long');
    await overlay('pose', { keypoints: [{ x: null, y: 'a' }], skeleton: [[0, 99]] });
    await overlay('zone', { zones: [{ name: '<img src=x onerror=alert(1)>', polygon: 'none' }] });
    await overlay('heatmap', { cols: -1, rows: 1e9, cells: [] });

    expect(await drawn([396, 250, 8, 100], 0.2, () => overlay('detection', box(0.9)))).toBeGreaterThan(0.2);
  });

  it.each([
    ['the button', (): Promise<void> => page.getByRole('button', { name: 'Bookmark' }).click()],
    ['B', (): Promise<void> => page.keyboard.press('b')],
  ])('posts a bookmark by %s', async (_, press) => {
    const client = await TestClient.open(`${hub.wsUrl}?types=event`);

    await press();
    await client.until(() => client.messages.length > 0);

    expect(client.messages[0]).toMatchObject({
      event_type: 'bookmark',
      data: { timestamp: expect.stringMatching(/^\d{4}-.+Z$/) },
    });
    await page.getByText(/^Bookmarked/).waitFor();
    client.socket.close();
  });

  it('saves a snapshot as PNG with the overlay in it, and posts that', async () => {
    const client = await TestClient.open(`${hub.wsUrl}?types=event`);
    await overlay('zone', {
      zones: [
        {
          name: 'bed',
          polygon: [
            [100, 100],
            [600, 100],
            [600, 500],
            [100, 500],
          ].map(([x, y]) => ({ x, y })),
        },
      ],
    });
    await eventually(
      () => inkIn(page, WHOLE),
      (ink) => ink > 0,
    );

    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('s')]);
    await client.until(() => client.messages.length > 0);

    const file = download.suggestedFilename();
    const png = await readFile(await download.path());
    expect(file).toMatch(/^snapshot-[\d-]+\.png$/);
    expect([png.subarray(1, 4).toString(), png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual(['PNG', 1280, 720]);
    expect(client.messages[0]).toMatchObject({
      event_type: 'snapshot_saved',
      data: { file, width: 1280, height: 720 },
    });
    client.socket.close();
  });

  it('takes no word for an address but one of the web', async () => {
    await page.keyboard.press('v');
    await page.getByLabel('Address').fill('javascript:alert(1)');
    await page.getByRole('button', { name: 'Show it' }).click();

    await page.getByText('an address begins with http:// or https://').waitFor();
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('shows the stage alone with F', async () => {
    await page.keyboard.press('f');

    expect(
      await eventually(
        () => page.evaluate<boolean>('document.fullscreenElement !== null'),
        (isFull) => isFull,
      ),
    ).toBe(true);
  });
});
