import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { EventsService } from '../../src/events/events.service.js';
import { openBrowser } from '../../test/support/browser.js';
import { startHub, type TestHub } from '../../test/support/hub.js';
import { bundlePage, held, openReactPage } from './support/react-page.js';
import { type Site, startSite } from './support/site.js';

describe('the hooks in Chromium', () => {
  let hub: TestHub;
  let events: EventsService;
  let browser: Browser;
  let site: Site;
  let page: Page;

  beforeAll(async () => {
    hub = await startHub();
    events = hub.app.get(EventsService);
    browser = await openBrowser();
    site = await startSite({
      '/page.js': await bundlePage('page.tsx'),
      '/dev.js': await bundlePage('page.tsx', '--dev'),
    });
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
    await hub.close();
  });
  beforeEach(async () => {
    page = await openReactPage(browser, site.url, '/page.js', hub);
  });
  afterEach(() => page.close());

  /** Shows a scene, and waits until it is connected. */
  async function mount(scene: string, isStrict = false): Promise<void> {
    await page.evaluate(`mount('${scene}', ${isStrict})`);
    await page.waitForFunction(`seen.state === 'open'`);
  }
  const shows = (id: string, text: string): Promise<unknown> =>
    page.waitForFunction(`document.querySelector('#${id}')?.textContent === ${JSON.stringify(text)}`);
  const seen = (what: string): Promise<unknown> => page.evaluate(`seen.${what}`);
  /** When it is over, the page has handled all that was sent before, and has had the time for two frames. */
  async function settled(): Promise<void> {
    await page.evaluate(`window.arrived = new Promise((resolve) => seen.client.on('barrier', resolve)), undefined`);
    await events.broadcast({ type: 'barrier', data: {} });
    await page.evaluate(`arrived.then(() => new Promise((resolve) =>
      requestAnimationFrame(() => requestAnimationFrame(() => resolve()))))`);
  }
  async function sit(first: number, last = first): Promise<void> {
    for (let n = first; n <= last; n++) await events.broadcastEvent('sit', { n });
  }

  it('useHub renders on state, and on nothing else', async () => {
    await mount('state');
    await shows('state', 'open true');
    const renders = await seen('renders');

    for (let n = 0; n < 50; n++) await events.broadcastOverlayUpdate('detection', { boxes: [] });
    await sit(1, 50);
    await settled();

    expect(await seen('renders')).toBe(renders);
    await page.waitForFunction('seen.client.stats.rttMs > 0');
    await page.evaluate('seen.client.close()');
    await shows('state', 'closed false');
  });

  it('useHubEvent calls the newest handler, and renders nothing', async () => {
    await mount('handler');
    const renders = await seen('renders');
    await events.broadcastEvent('bark', { n: 0 });
    await sit(1);
    await settled();
    expect(await seen('renders')).toBe(renders);

    await page.evaluate('seen.setStep(1)');
    await page.waitForFunction(`seen.renders > ${String(renders)}`);
    await sit(2);
    await settled();

    expect(await seen('handled')).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  it('useLatest shows the newest overlay of a type and source, at most once a frame', async () => {
    await mount('latest');
    const renders = Number(await seen('renders'));
    await page.evaluate(`{
      window.drawn = 0;
      const count = () => { drawn++; requestAnimationFrame(count); };
      requestAnimationFrame(count);
    }`);

    for (let n = 0; n < 200; n++) {
      const options = { source: 'garden' };
      await events.broadcastOverlayUpdate('detection', { boxes: [], n }, options);
      await events.broadcastOverlayUpdate('zone', { zones: [] }, options);
      await events.broadcastOverlayUpdate('detection', { boxes: [], n: 7 }, { source: 'street' });
    }

    await shows('latest', '{"boxes":[],"n":199}');
    expect(Number(await seen('renders')) - renders).toBeLessThanOrEqual(await page.evaluate<number>('drawn + 1'));
  });

  it('useLatest renders no more often than asked, and shows the newest in the end', async () => {
    await mount('slow');
    const renders = Number(await seen('renders'));
    const startedAt = performance.now();
    for (let fps = 0; fps < 100; fps++) await events.broadcastTelemetry({ fps });

    await shows('latest', '{"fps":99}');
    const elapsedMs = performance.now() - startedAt;
    // The first at once, and then one every half a second.
    expect(Number(await seen('renders')) - renders).toBeLessThanOrEqual(1 + Math.ceil(elapsedMs / 500));
  });

  it('useHubEvents keeps the newest, counts what it dropped, and leaves overlays out', async () => {
    await mount('events');
    await sit(1, 4);
    await events.broadcastOverlayUpdate('zone', { n: 99, zones: [] });
    await shows('list', '1 2 3 4');

    await sit(5, 37);

    await shows('list', '28 29 30 31 32 33 34 35 36 37');
    expect(await seen('list.dropped')).toBe(27);
    await page.evaluate('seen.list.clear()');
    await shows('list', '');
    expect(await seen('list.dropped')).toBe(0);
    await sit(38);
    await shows('list', '38');
  });

  it('keeps the page as large as it is, however much comes', async () => {
    await mount('all');
    await sit(1, 30);
    await shows('list', '21 22 23 24 25 26 27 28 29 30');
    const elements = await page.evaluate(`document.querySelectorAll('*').length`);

    for (let n = 31; n <= 400; n++) {
      await sit(n);
      await events.broadcastOverlayUpdate('detection', { boxes: [], n });
    }

    await shows('list', '391 392 393 394 395 396 397 398 399 400');
    expect(await seen('list.dropped')).toBe(390);
    expect(await page.evaluate(`document.querySelectorAll('*').length`)).toBe(elements);
    expect(await seen('handled.length')).toBe(400);
  });

  it('useHubEvents stays as it is while it is paused, and misses nothing within its bound', async () => {
    await mount('events');
    await sit(1, 3);
    await shows('list', '1 2 3');
    await page.evaluate('seen.list.pause()');
    await sit(4, 9);
    await page.waitForFunction('seen.list.waiting === 6');

    expect(await page.textContent('#list')).toBe('1 2 3');
    expect(await seen('list.isPaused')).toBe(true);
    await page.evaluate('seen.list.resume()');
    await shows('list', '1 2 3 4 5 6 7 8 9');
    expect(await page.evaluate('[seen.list.isPaused, seen.list.waiting, seen.list.dropped]')).toEqual([false, 0, 0]);
  });

  it('useHubEvents takes the types and what the filter lets through', async () => {
    await mount('odd');
    await sit(1, 3);
    await events.broadcastEvent('bark', { n: 5 });
    await events.broadcastTelemetry({ n: 7 });

    await shows('list', '1 3 7');
  });

  it('useHubStats tells the figures anew', async () => {
    await mount('stats');
    await shows('stats', '0');
    await sit(1, 3);

    await shows('stats', '3');
  });

  it('useWebSocket gives the greeting and the newest messages, and counts what it dropped', async () => {
    await page.evaluate('socket()');
    await shows('socket', 'true 1 0 connection');
    await sit(1, 7);

    await shows('socket', 'true 5 3 event event event event event');
  });

  it('useWebSocket keeps its connection when only the filter changes', async () => {
    await page.evaluate(`socket('street')`);
    await shows('socket', 'true 1 0 connection');
    await page.evaluate(`socket('garden')`);
    // The hub takes a connection's frames in order: once it answers this, it has the filter.
    await page.waitForFunction('held().sockets === 1');
    while ((await page.textContent('#socket')) === 'true 1 0 connection') {
      await events.broadcastEvent('sit', {}, { source: 'street' });
      await events.broadcastTelemetry({}, { source: 'garden' });
    }

    await page.waitForFunction(`document.querySelector('#socket').textContent.includes('telemetry')`);
    expect(await held(page)).toMatchObject({ made: 1, sockets: 1 });
  });

  it('leaves the client of the app open', async () => {
    await page.evaluate('given()');
    await page.waitForFunction(`seen.state === 'open'`);
    await page.evaluate('unmount()');
    await page.evaluate('new Promise((resolve) => setTimeout(resolve))');

    expect(await seen('client.state.name')).toBe('open');
    expect((await held(page)).sockets).toBe(1);
  });

  it('opens one socket in strict mode, where everything is mounted twice', async () => {
    await page.close();
    page = await openReactPage(browser, site.url, '/dev.js', hub);
    await page.waitForFunction('window.mount');
    // React itself listens from its first root on, for good.
    await page.evaluate(`mount('none'); unmount()`);
    const before = await held(page);
    await mount('state', true);
    expect(Number(await seen('renders'))).toBeGreaterThan(1);
    expect(await held(page)).toMatchObject({ made: 1, sockets: 1 });

    await page.evaluate('unmount()');

    await page.waitForFunction('held().sockets === 0');
    expect(await held(page)).toEqual({ ...before, made: 1 });
  });

  it('leaves no timer, listener or socket, and no memory, after 1,000 times on and off', async () => {
    const session = await page.context().newCDPSession(page);
    const count = async (): Promise<{ JSEventListeners: number; Nodes: number; JSHeapUsedSize: number }> => {
      await page.waitForFunction('held().sockets === 0 && held().timers === 0');
      await session.send('HeapProfiler.collectGarbage');
      await session.send('HeapProfiler.collectGarbage');
      const { metrics } = await session.send('Performance.getMetrics');

      return Object.fromEntries(metrics.map(({ name, value }) => [name, value])) as never;
    };
    await session.send('Performance.enable');
    // What is made once and for all is not what is looked for.
    await page.evaluate('cycle(200)');
    const [before, heldBefore] = [await count(), await held(page)];

    await page.evaluate('cycle(1000)');

    const after = await count();
    const { made, ...heldAfter } = await held(page);
    expect({ ...heldAfter, made: heldBefore.made }).toEqual(heldBefore);
    expect(heldBefore).toMatchObject({ sockets: 0, timers: 0 });
    expect(made).toBeGreaterThan(heldBefore.made);
    expect(after.JSEventListeners).toBeLessThanOrEqual(before.JSEventListeners + 5);
    expect(after.Nodes).toBeLessThanOrEqual(before.Nodes + 20);
    // One client that stayed would be some kilobytes a time.
    expect(after.JSHeapUsedSize - before.JSHeapUsedSize).toBeLessThan(400_000);
  });
});
