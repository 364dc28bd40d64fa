import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { EventsService } from '../../src/events/events.service.js';
import type { JsonObject } from '../../src/protocol/messages.js';
import { openBrowser } from '../../test/support/browser.js';
import { startHub, type TestHub } from '../../test/support/hub.js';
import type { ShowOptions } from '../src/overlay.js';
import { bundleClient } from './support/bundle.js';
import { type Site, startSite } from './support/site.js';

/** In the page: `show(options)` on a canvas of 400 x 200, `isRed(x, y)` in pixels of it, `draws` since the start. */
const PAGE = `
import { createHubClient, showOverlays } from '/client.js';
document.body.innerHTML = '<video></video><canvas style="width:400px;height:200px"></canvas>';
const canvas = document.querySelector('canvas');
const ctx = canvas.getContext('2d', { willReadFrequently: true });
const clearRect = ctx.clearRect;
window.draws = 0;
ctx.clearRect = (...args) => { window.draws++; clearRect.apply(ctx, args); };
window.boxes = 0;
const roundRect = ctx.roundRect;
ctx.roundRect = (...args) => { window.boxes++; roundRect.apply(ctx, args); };
window.isRed = (x, y) => { const [red, , , alpha] = ctx.getImageData(x, y, 1, 1).data; return red > 200 && alpha > 200; };
window.isEmpty = () => ctx.getImageData(0, 0, canvas.width, canvas.height).data.every((value) => value === 0);
window.frames = async (count) => { for (let i = 0; i < count; i++) await new Promise(requestAnimationFrame); };
window.show = (options) => {
  window.stop = showOverlays(window.client, canvas, { theme: { colors: ['#ff0000'] }, ttlMs: 600_000, ...options });
};
window.open = (url) => {
  window.client = createHubClient({ url });
  return new Promise((resolve) => window.client.on('state', ({ name }) => name === 'open' && resolve()));
};
window.isReady = true;
`;

/** Its left line is at twice this many pixels of the canvas. */
const boxAt = (x: number): JsonObject => ({ width: 200, height: 100, boxes: [{ x, y: 25, w: 50, h: 50 }] });
const zone = {
  width: 200,
  height: 100,
  zones: [
    {
      name: '',
      polygon: [
        [10, 10],
        [190, 10],
        [190, 90],
        [10, 90],
      ],
    },
  ],
};

describe('showOverlays in Chromium', () => {
  let hub: TestHub;
  let events: EventsService;
  let browser: Browser;
  let site: Site;
  let page: Page;

  beforeAll(async () => {
    hub = await startHub();
    events = hub.app.get(EventsService);
    browser = await openBrowser();
    site = await startSite({ '/client.js': await bundleClient('index.ts', 'overlay.ts'), '/page.js': PAGE });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await site.close();
    await hub.close();
  });

  beforeEach(async () => {
    page = await browser.newPage();
    await page.goto(site.url);
    await page.addScriptTag({ type: 'module', url: '/page.js' });
    await until('isReady');
    await page.evaluate(`open(${JSON.stringify(hub.url)})`);
  });
  afterEach(() => page.close());

  async function show(options: Omit<ShowOptions, 'over'> = {}): Promise<void> {
    await page.evaluate(`show(${JSON.stringify(options)})`);
  }

  /** Looks at intervals: it must not ask for frames itself. */
  async function until(condition: string): Promise<void> {
    await page.waitForFunction(condition, undefined, { polling: 20, timeout: 15_000 });
  }

  /** When it has come, all before it has. */
  async function bark(): Promise<void> {
    await page.evaluate(`client.on('bark', () => (window.hasBarked = true))`);
    await events.broadcastEvent('bark', {});
    await until('window.hasBarked');
  }

  /** Whether nothing is drawn for some frames, in which nothing changes. */
  async function isStill(): Promise<boolean> {
    return page.evaluate<boolean>(
      'frames(2).then(async () => { const before = draws; await frames(10); return draws === before; })',
    );
  }

  it('shows the newest overlay of each type and source, and draws nothing while none comes', async () => {
    await show();
    await events.broadcastOverlayUpdate('detection', boxAt(50));
    await until('isRed(100, 100)');
    await events.broadcastOverlayUpdate('detection', boxAt(20));
    await events.broadcastOverlayUpdate('detection', boxAt(120), { source: 'garden' });
    await events.broadcastOverlayUpdate('zone', zone);

    await until('isRed(40, 100) && isRed(240, 100) && !isRed(100, 100) && !isEmpty()');
    expect(await isStill()).toBe(true);
  });

  it('takes an overlay away when its time is over', async () => {
    await show({ ttlMs: 200 });
    await events.broadcastOverlayUpdate('detection', boxAt(50));

    await until('boxes > 0 && isEmpty()');
    expect(await isStill()).toBe(true);
  });

  it('shows the types and the source that it is asked for only', async () => {
    await show({ overlayTypes: ['detection'], source: 'garden' });
    await events.broadcastOverlayUpdate('zone', zone, { source: 'garden' });
    await events.broadcastOverlayUpdate('detection', boxAt(20), { source: 'hall' });
    await events.broadcastOverlayUpdate('detection', boxAt(50), { source: 'garden' });

    await until('isRed(100, 100)');
    expect(await page.evaluate('[isRed(40, 100), isRed(200, 20)]')).toEqual([false, false]);
  });

  it('draws anew when the canvas has another size', async () => {
    await show();
    await events.broadcastOverlayUpdate('detection', boxAt(50));
    await until('isRed(100, 100)');

    await page.evaluate(`Object.assign(document.querySelector('canvas').style, { width: '800px', height: '400px' })`);

    await until('isRed(200, 200) && !isRed(100, 200)');
    expect(await page.evaluate(`document.querySelector('canvas').width`)).toBe(800);
  });

  it('takes the size of the video it lies over, once that is known', async () => {
    await page.evaluate(`show({ over: document.querySelector('video') })`);
    await events.broadcastOverlayUpdate('detection', { boxes: [{ x: 50, y: 25, w: 50, h: 50 }] });
    await bark();
    expect(await page.evaluate('frames(3).then(() => [draws > 0, isEmpty()])')).toEqual([true, true]);

    await page.evaluate(`(() => {
      const camera = Object.assign(document.createElement('canvas'), { width: 200, height: 100 });
      camera.getContext('2d').fillRect(0, 0, 200, 100);
      document.querySelector('video').srcObject = camera.captureStream(5);
    })()`);

    await until('isRed(100, 100)');
  });

  it('empties the canvas when it is told to stop, and looks at nothing more', async () => {
    await show();
    await events.broadcastOverlayUpdate('detection', boxAt(50));
    await until('isRed(100, 100)');

    await page.evaluate('stop()');
    await events.broadcastOverlayUpdate('detection', boxAt(20));
    await bark();
    const before = await page.evaluate('draws');
    await page.evaluate(`document.querySelector('canvas').style.width = '300px'; frames(5)`);

    expect(await page.evaluate('[draws, isEmpty()]')).toEqual([before, true]);
  });
});
