import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../../test/support/browser.js';
import { bundleClient } from './support/bundle.js';
import { type Site, startSite } from './support/site.js';

/** In the page: `put(message)` gives one to the view; `inkOn(canvas, x)` tells what is drawn in its middle row there. */
const PAGE = `
import { showOverlays, OverlayRates } from '/client.js';
document.body.innerHTML = '<style>canvas { position: absolute; left: 0; top: 0; width: 400px; height: 200px }</style><canvas></canvas><canvas></canvas>';
const canvases = [...document.querySelectorAll('canvas')];
const handlers = new Set();
const feed = { on: (_name, handler) => { handlers.add(handler); return () => handlers.delete(handler); } };
window.rates = new OverlayRates(feed);
window.handlers = handlers;
window.put = (overlay_type, data, source) =>
  handlers.forEach((handler) => handler({ type: 'overlay', overlay_type, data: { width: 200, height: 100, ...data }, ...(source && { source }) }));
window.inkOn = (which, x) => {
  const { width, height } = canvases[which];
  if (width * height === 0) return false;
  const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  copy.drawImage(canvases[which], 0, 0);
  return copy.getImageData(x, height / 2, 1, 1).data[3] > 0;
};
window.show = (isWorker, options) => {
  const worker = isWorker ? new Worker('/worker.js', { type: 'module' }) : undefined;
  window.view = showOverlays(feed, canvases, { ttlMs: 600_000, pixelRatio: 1, ...options, worker });
};
window.isReady = true;
`;

const box = (x: number): object => ({ boxes: [{ x, y: 25, w: 50, h: 50 }] });
const ZONE = {
  zones: [
    {
      name: '',
      polygon: [
        [150, 10],
        [190, 10],
        [190, 90],
        [150, 90],
      ],
    },
  ],
};

describe.each([
  ['the page', false],
  ['a worker', true],
])('a view on two canvases, drawn by %s', (_, isWorker) => {
  let browser: Browser;
  let site: Site;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
    const [client, worker] = await Promise.all([bundleClient('overlay.ts'), bundleClient('overlay-worker.ts')]);
    site = await startSite({ '/client.js': client, '/worker.js': worker, '/page.js': PAGE });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await site.close();
    expect(problems).toEqual([]);
  });
  beforeEach(async () => {
    page = await browser.newPage();
    page.on('pageerror', ({ message }) => problems.push(message));
    await page.goto(site.url);
    await page.addScriptTag({ type: 'module', url: '/page.js' });
    await until('isReady');
  });
  afterEach(() => page.close());

  const until = (condition: string): Promise<unknown> =>
    page.waitForFunction(condition, undefined, { polling: 20, timeout: 15_000 });
  const show = (options: object = {}): Promise<unknown> =>
    page.evaluate(`show(${isWorker}, ${JSON.stringify(options)})`);
  const put = (type: string, data: object, source?: string): Promise<unknown> =>
    page.evaluate(`put(${JSON.stringify(type)}, ${JSON.stringify(data)}, ${JSON.stringify(source)})`);

  it('has areas on the lower one and what moves on the other', async () => {
    await show();
    await put('zone', ZONE);
    await put('detection', box(50));

    await until('inkOn(0, 340) && inkOn(1, 100)');
    expect(await page.evaluate('[inkOn(1, 340), inkOn(0, 100)]')).toEqual([false, false]);
  });

  it('shows one source, that of messages without one, or all', async () => {
    await show({ source: '' });
    await put('detection', box(20), 'garden');
    await put('detection', box(50));
    await until('inkOn(1, 100)');
    expect(await page.evaluate('inkOn(1, 40)')).toBe(false);

    await page.evaluate(`view.update({ source: 'garden' })`);
    await put('detection', box(20), 'garden');
    await until('inkOn(1, 40) && !inkOn(1, 100)');

    await page.evaluate('view.update({ source: undefined })');
    await put('detection', box(20), 'garden');
    await put('detection', box(50));
    await until('inkOn(1, 40) && inkOn(1, 100)');
  });

  it('takes a type that is switched off away at once, and leaves the others', async () => {
    await show();
    await put('zone', ZONE);
    await put('detection', box(50));
    await until('inkOn(0, 340) && inkOn(1, 100)');

    await page.evaluate(`view.update({ overlayTypes: ['zone'] })`);

    await until('inkOn(0, 340) && !inkOn(1, 100)');
    await put('detection', box(50));
    await put('zone', ZONE);
    await page.evaluate(`view.update({ overlayTypes: ['zone', 'detection'] })`);
    expect(await page.evaluate('inkOn(1, 100)')).toBe(false);
  });

  it('leaves out what is less sure than it is told, also of what it shows', async () => {
    await show();
    await put('detection', { boxes: [{ x: 50, y: 25, w: 50, h: 50, confidence: 0.4 }] });
    await until('inkOn(1, 100)');

    await page.evaluate('view.update({ minConfidence: 0.5 })');
    await until('!inkOn(1, 100)');
  });

  it('is empty when it is cleared, and goes on', async () => {
    await show();
    await put('zone', ZONE);
    await until('inkOn(0, 340)');
    await page.evaluate('view.clear()');
    await until('!inkOn(0, 340)');

    await put('detection', box(50));
    await until('inkOn(1, 100)');
    expect(await page.evaluate('inkOn(0, 340)')).toBe(false);
  });

  it('has a size to fall back on, where neither picture nor message tells one', async () => {
    await show({ fallbackSize: { width: 200, height: 100 } });
    await put('detection', { ...box(50), width: undefined, height: undefined });

    await until('inkOn(1, 100)');
  });

  it('ignores a type that it does not know', async () => {
    await show();
    await put('hologram', { frame: 7 });
    await put('constructor', { frame: 7 });
    await put('detection', { ...box(50), frame: 7 });

    await until('inkOn(1, 100)');
    expect(await page.evaluate('rates.read().map(({ type }) => type)')).toEqual(['detection']);
  });

  it('is empty when it is stopped, and hears nothing more', async () => {
    await show();
    await put('detection', box(50));
    await until('inkOn(1, 100)');
    const handlers = await page.evaluate<number>('handlers.size');

    await page.evaluate('view()');
    await until('!inkOn(1, 100)');
    expect(await page.evaluate('handlers.size')).toBe(handlers - 1);
  });
});

describe('the rates of overlays', () => {
  let browser: Browser;
  let site: Site;
  let page: Page;

  beforeAll(async () => {
    browser = await openBrowser();
    site = await startSite({ '/client.js': await bundleClient('overlay.ts'), '/page.js': PAGE });
    page = await browser.newPage();
    await page.clock.install({ time: 1_000_000_000_000 });
    await page.goto(site.url);
    await page.addScriptTag({ type: 'module', url: '/page.js' });
    await page.waitForFunction('window.isReady');
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await site.close();
  });

  interface Rate {
    type: string;
    source: string;
    perSecond: number;
    ageMs: number;
  }
  const read = (): Promise<Rate[]> =>
    page.evaluate(`rates.read().map(({ type, source, perSecond, ageMs }) => ({ type, source, perSecond, ageMs }))`);

  it('tell how often each type of each source comes, and how old the newest is', async () => {
    await page.evaluate('rates.read()');
    await page.clock.pauseAt(1_000_000_100_000);
    for (let i = 0; i < 20; i++) {
      await page.clock.runFor(100);
      await page.evaluate(`put('detection', {}, 'garden'); put('detection', {}, 'garden'); put('pose', {})`);
    }
    const rates = await read();
    const [garden, pose] = rates;

    expect(rates.map(({ type, source }) => `${type} ${source}`)).toEqual(['detection garden', 'pose ']);
    expect((garden?.perSecond ?? 0) / (pose?.perSecond ?? 0)).toBeCloseTo(2, 5);
    expect(garden?.ageMs).toBe(0);

    await page.clock.runFor(7_000);
    expect((await read()).map(({ ageMs }) => ageMs)).toEqual([7_000, 7_000]);
    expect((await read())[0]?.perSecond).toBeLessThan((garden?.perSecond ?? 0) / 20);
  });

  it('count the age that the hub tells of what it had kept', async () => {
    await page.evaluate(
      `handlers.forEach((handler) => handler({ type: 'overlay', overlay_type: 'zone', data: {}, age_ms: 90_000 }))`,
    );

    expect((await read()).find(({ type }) => type === 'zone')?.ageMs).toBe(90_000);
  });

  it('forget what nobody wants to keep', async () => {
    await page.evaluate(`rates.retain(({ source }) => source === 'garden')`);

    expect((await read()).map(({ source }) => source)).toEqual(['garden']);
  });
});
