import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { TestClient } from '../support/client.js';
import { type Dashboard, eventually, openDashboard } from '../support/dashboard.js';
import { get } from '../support/http.js';
import { type RedisProcess, startRedis } from '../support/redis.js';
import { startHub, type TestHub } from '../support/hub.js';

describe('the hub panel', () => {
  let hub: TestHub;
  let browser: Browser;
  let dashboard: Dashboard;
  let page: Page;

  const connections = async (): Promise<number> =>
    ((await get(`${hub.url}/api/connections`)).body as { connections: unknown[] }).connections.length;

  beforeAll(async () => {
    hub = await startHub();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await hub.close();
  });

  beforeEach(async () => {
    dashboard = await openDashboard(browser, `${hub.url}/?view=hub`);
    page = dashboard.page;
  });
  afterEach(() => dashboard.close());

  it.each([
    ['event', { type: 'event', event_type: 'test_event', data: { message: 'Hello from the dashboard' } }],
    ['action', { type: 'event', event_type: 'sit', data: { confidence: 0.95 } }],
    ['overlay', { type: 'overlay', overlay_type: 'detection' }],
    ['telemetry', { type: 'telemetry', data: { fps: 30 } }],
  ])('sends: %s', async (kind, message) => {
    const client = await TestClient.open(hub.wsUrl);
    // The pages and clients of before may not have left yet.
    expect(await eventually(connections, (count) => count === 2)).toBe(2);

    await page.getByRole('radio', { name: kind }).check();
    await page.getByRole('button', { name: `Send ${kind}` }).click();
    await client.until(() => client.messages.length > 0);

    expect(client.messages[0]).toMatchObject(message);
    await page.getByText('Accepted, for 2 clients').waitFor();
    expect(dashboard.problems).toEqual([]);
    client.socket.close();
  });

  it.each([
    [
      'a broken rule',
      '{"overlay_type":"detection","data":{"boxes":[{"x":1,"y":2,"w":-3,"h":4}]}}',
      'data.boxes[0].w must be 0 or more (INVALID_MESSAGE)',
    ],
    ['what is no JSON', '{"overlay_type":', 'not valid JSON'],
  ])('shows what the hub says to %s', async (_, body, text) => {
    await page.getByRole('radio', { name: 'overlay' }).check();
    await page.getByLabel(/Body of POST/).fill(body);
    await page.getByRole('button', { name: 'Send overlay' }).click();

    await page.locator('.send-form .problem').filter({ hasText: text }).waitFor();
  });

  it.each([
    ['API docs', '/api/docs', 'Broadcast an event'],
    ['metrics', '/metrics', 'dogmonitor_connections{transport="websocket"}'],
  ])('leads to the %s, in a tab of its own', async (name, path, text) => {
    const [tab] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('navigation', { name: "The hub's API" }).getByRole('link', { name, exact: true }).click(),
    ]);

    await tab.getByText(text).first().waitFor();
    expect(new URL(tab.url()).pathname).toBe(path);
    expect(new URL(page.url()).pathname).toBe('/');
    expect(dashboard.problems).toEqual([]);
  });

  it('tells the state of the relay, and how each connection is doing', async () => {
    const client = await TestClient.open(hub.wsUrl);

    await page.locator('.facts').getByText('memory').waitFor();
    await page
      .getByRole('row')
      .filter({ hasText: client.id.slice(0, 8) })
      .waitFor();

    expect(await page.getByRole('columnheader').allInnerTexts()).toEqual(
      expect.arrayContaining(['sent', 'conflated', 'buffered', 'unread', 'rate', 'round trip']),
    );
    await page.getByRole('row').filter({ hasText: 'this page' }).waitFor();
    expect(dashboard.problems).toEqual([]);
    client.socket.close();
  });
});

describe('the hub panel of one of two instances', () => {
  let redis: RedisProcess;
  let hubs: TestHub[];
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    redis = await startRedis();
    const environment = { REDIS_HOST: '127.0.0.1', REDIS_PORT: String(redis.port) };
    hubs = await Promise.all(['north', 'south'].map((INSTANCE_ID) => startHub({ ...environment, INSTANCE_ID })));
    browser = await openBrowser();
    page = (await openDashboard(browser, `${hubs[0]?.url ?? ''}/?view=hub`)).page;
  });
  afterAll(async () => {
    await browser.close();
    await Promise.all(hubs.map((hub) => hub.close()));
    await redis.stop();
  });

  it('tells how many clients each has', async () => {
    const client = await TestClient.open(hubs[1]?.wsUrl ?? '');

    await page.getByText('1 on north, 1 on south').waitFor();
    client.socket.close();
  });

  it('shows that Redis is gone, and that it is back', async () => {
    await page.locator('.facts').getByText('shared', { exact: true }).waitFor();
    await redis.kill();

    await page.locator('.facts').getByText('local only').waitFor();

    await redis.restart();
    await page.locator('.facts').getByText('shared', { exact: true }).waitFor();
  });
});
