import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { goTo, openDashboard } from '../support/dashboard.js';
import { post } from '../support/http.js';
import { startHub, type TestHub } from '../support/hub.js';
import { type PathProxy, startPathProxy } from '../support/path-proxy.js';

describe.each(['/dog/', '/home/dog%20hub/'])('a hub that a proxy has put under %s', (path) => {
  let hub: TestHub;
  let proxy: PathProxy;
  let browser: Browser;

  beforeAll(async () => {
    hub = await startHub();
    proxy = await startPathProxy(hub.url, path);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await proxy.close();
    await hub.close();
  });

  it.each([path, path.slice(0, -1), `${path}?theme=light`])('shows the dashboard, live, at %s', async (address) => {
    const answers: [number, string][] = [];
    const { page, problems, close } = await openDashboard(browser, `${proxy.origin}${address}`, {}, (opened) => {
      opened.on('response', (response) => answers.push([response.status(), response.url()]));
      return Promise.resolve();
    });

    await post(`${hub.url}/api/events/broadcast`, { event_type: 'door_bell', data: {} });
    await page.locator('.event-line').first().getByText('Door bell').waitFor();
    // Its figures come by the API.
    await goTo(page, 'Hub');
    await page.locator('.facts').getByText('memory').waitFor();

    const isInside = (url: string): boolean => `${url.split('?', 1)[0]}/`.startsWith(proxy.origin + path);
    expect(answers.filter(([status, url]) => status >= 400 || !isInside(url))).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });

  it('leads from the dashboard only to what is there', async () => {
    const { page, close } = await openDashboard(browser, `${proxy.origin}${path}`);
    await goTo(page, 'Hub');
    await page.locator('.facts').getByText('memory').waitFor();
    const links = await page.evaluate<string[]>('Array.from(document.links, ({ href }) => href)');
    expect(links.length).toBeGreaterThan(3);

    for (const link of links) expect([link, (await fetch(link)).status]).toEqual([link, 200]);
    await close();
  });

  it('shows the API docs with their style, and links that lead on', async () => {
    const page = await browser.newPage();
    const failed: string[] = [];
    page.on('response', (response) => void (response.status() >= 400 && failed.push(response.url())));
    await page.goto(`${proxy.origin}${path}api/docs`);

    const links = await page.evaluate<string[]>(
      'Array.from(document.querySelectorAll("a:not([href^=\\"#\\"]), link"), ({ href }) => href)',
    );
    expect(links).toHaveLength(5);
    for (const link of links) expect([link, (await fetch(link)).status]).toEqual([link, 200]);
    expect(await page.evaluate('document.styleSheets[0].cssRules.length')).toBeGreaterThan(5);
    expect(failed).toEqual([]);
    await page.close();
  });

  it('names itself as the server of its OpenAPI document', async () => {
    const url = `${proxy.origin}${path}api/openapi.json`;
    const { servers } = (await (await fetch(url)).json()) as { servers: { url: string }[] };

    expect(new URL(servers[0]?.url ?? '', url).href).toBe(`${proxy.origin}${path}`);
  });
});

describe('the commands of the API docs', () => {
  let hub: TestHub;

  beforeAll(async () => {
    hub = await startHub();
  });
  afterAll(() => hub.close());

  it.each([
    [
      { 'x-forwarded-proto': 'https', 'x-forwarded-prefix': '/dog' },
      /curl &#39;https:\/\/[\d.:]+\/dog\/api\/connections/,
    ],
    [{ 'x-forwarded-prefix': '/<b>' }, /curl &#39;http:\/\/[\d.:]+\/api\/connections/],
    [{ 'x-forwarded-prefix': "/a'; rm -rf" }, /curl &#39;http:\/\/[\d.:]+\/api\/connections/],
  ])('follow what a proxy says of itself in %j, where it is an address', async (headers, command) => {
    const docs = await (await fetch(`${hub.url}/api/docs`, { headers })).text();

    expect(docs).toMatch(command);
    expect(docs).not.toMatch(/<b>&#|rm -rf/);
  });
});
