import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page, WebSocketRoute } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { type Dashboard, eventually, openDashboard } from '../support/dashboard.js';
import { post } from '../support/http.js';
import { startHub, type TestHub } from '../support/hub.js';
import { inkIn, WHOLE } from './ink.js';

const HTML = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
const MB = 1024 * 1024;
/** A hub that lets everything through that it can. */
const OPEN_HUB = { MAX_MESSAGE_BYTES: `${16 * MB}`, MAX_QUEUE_BYTES: `${64 * MB}` };

/** Refused by the hub; here they come all the same, as from one that is broken or is none. */
const BOXES: Record<string, object> = {
  'ten thousand boxes': {
    boxes: Array.from({ length: 10_000 }, (_, n) => ({ x: n % 1_280, y: n % 720, w: 40, h: 40, label: `${HTML}${n}` })),
  },
  'numbers that are none': { boxes: [{ x: null, y: 'NaN', w: {}, h: [] }, { x: 1, y: 1, w: 1 }, null, 7, 'box', [[]]] },
  'numbers beyond all bounds': {
    width: 1e308,
    height: -1e308,
    boxes: [
      { x: 1e308, y: -1e308, w: 1e308, h: 1e308, label: 'dog', confidence: 1e308 },
      { x: -1e308, y: -1e308, w: 1.7e308, h: 1.7e308, confidence: -5 },
      { x: 5e-324, y: 5e-324, w: 5e-324, h: 5e-324 },
    ],
  },
  'boxes that are no list': { boxes: { length: 1e9, 0: { x: 1 } }, __proto__: null },
};
const box = { boxes: [{ x: 400, y: 200, w: 300, h: 200, label: 'dog', confidence: 0.9 }] };

describe('hostile data', () => {
  let hub: TestHub;
  let browser: Browser;
  let dashboard: Dashboard;
  let page: Page;
  let socket: WebSocketRoute;

  const publish = (path: string, body: object): Promise<{ status: number }> =>
    post(`${hub.url}/api/events/broadcast${path}`, body);
  /** Puts a text on the page's connection, past all checks of the hub. */
  const inject = (message: object | string): void =>
    socket.send(typeof message === 'string' ? message : JSON.stringify(message));

  /** Nothing was executed, nothing sticks out, and what comes next is shown as ever. */
  const expectSound = async (): Promise<void> => {
    const label = `still here ${Math.random()}`;
    await publish('', { event_type: 'bark', data: { label } });
    await page.locator('.event-line').filter({ hasText: label }).waitFor();
    expect(
      await eventually(
        async () => {
          // Each time anew, since it fades: a slow machine might look too late.
          await publish('/overlay', { overlay_type: 'detection', data: box });

          return inkIn(page, [396, 250, 8, 100]);
        },
        (ink) => ink > 0.2,
      ),
    ).toBeGreaterThan(0.2);

    expect(await page.title()).toBe('Dog monitor');
    expect(await page.locator('main script, main img').count()).toBe(0);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    await page.getByLabel('Connection: live').waitFor();
    expect(dashboard.problems).toEqual([]);
  };

  beforeAll(async () => {
    hub = await startHub(OPEN_HUB);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await hub.close();
  });

  beforeEach(async () => {
    dashboard = await openDashboard(browser, hub.url, {}, async (blank) => {
      await blank.routeWebSocket(/\/ws\/ui/, (route) => {
        socket = route;
        const server = route.connectToServer();
        // A receipt for what the hub has never sent would end the connection.
        route.onMessage((text) => {
          if (!String(text).includes('"type":"ack"')) server.send(text);
        });
      });
    });
    page = dashboard.page;
  });
  afterEach(() => dashboard.close());

  it('is text where it is HTML, in every place that shows a name', async () => {
    const name = '<b>onerror=alert(1)</b>';
    await publish('', { event_type: name, source: name, data: { label: HTML, message: HTML, [HTML]: HTML } });
    await publish('/telemetry', { source: name, data: { [HTML]: 1, fps: 30 } });
    await publish('/overlay', { overlay_type: 'annotation', data: { annotations: [{ x: 9, y: 9, text: HTML }] } });
    await publish('/overlay', {
      overlay_type: 'detection',
      source: name,
      data: { boxes: [{ x: 9, y: 9, w: 9, h: 9, label: HTML }] },
    });
    const line = page.locator('.event-line').filter({ hasText: name });
    await line.click();
    await page.getByLabel('Message as JSON').filter({ hasText: '<img src=x' }).waitFor();
    await page.getByRole('figure').nth(1).waitFor();
    await line.click();

    await expectSound();
  });

  it('is cut where it is as long as a message can be', async () => {
    const long = 'x'.repeat(10 * MB);
    expect((await publish('', { event_type: 'long', data: { message: long, label: long } })).status).toBe(413);
    expect((await publish('', { event_type: 'long', data: { message: long } })).status).toBe(202);
    await page.locator('.event-line').filter({ hasText: 'Long' }).waitFor({ timeout: 60_000 });

    await expectSound();
  }, 120_000);

  it.each(Object.entries(BOXES))(
    'is refused by the hub, and draws nothing broken where it comes: %s',
    async (_, data) => {
      expect((await publish('/overlay', { overlay_type: 'detection', data })).status).toBe(400);
      inject({ type: 'overlay', overlay_type: 'detection', data });

      await expectSound();
    },
  );

  it('is left alone where nobody knows what it is', async () => {
    inject({ type: 'overlay', overlay_type: 'hologram', data: { cells: 'none' } });
    inject({ type: 'telemetry', data: [1, 2, 3] });
    inject({ type: 'telemetry', data: { fps: 1e308, latency_ms: -1e308, __proto__: { battery: 1 } } });
    inject({ type: 'overlay', overlay_type: 'heatmap', data: { cols: 1e9, rows: 1e9, cells: Array(9).fill(1e308) } });
    inject({ type: 'overlay', overlay_type: 'pose', data: { keypoints: [[1e308, null]], skeleton: [['x', {}]] } });
    inject({ type: 'overlay', overlay_type: 'zone', data: { zones: [{ polygon: [[0, 0], 1, null] }] } });
    inject({ type: 'constructor', id: 'one', data: {} });
    inject({ type: 'unheard_of', id: 'two', offset: 'never', data: null });
    inject({ type: 42 });
    for (const type of ['overlay', 'event', 'telemetry']) {
      for (const data of [null, 7, 'text', []]) {
        inject({ type, overlay_type: 'detection', event_type: 'odd', id: `${type} ${JSON.stringify(data)}`, data });
      }
    }
    for (const text of ['', '{', 'null', '[]', '7', '"type"', '{"type":"event"}']) inject(text);

    await expectSound();
  });

  it('draws as many boxes as anybody can see, and then what comes next', async () => {
    inject({ type: 'overlay', overlay_type: 'detection', source: 'many', data: BOXES['ten thousand boxes'] ?? {} });

    expect(
      await eventually(
        () => inkIn(page, WHOLE),
        (ink) => ink > 0,
      ),
    ).toBeGreaterThan(0);
    await expectSound();
  });
});
