import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { EventsService } from '../../src/events/events.service.js';
import { openBrowser } from '../../test/support/browser.js';
import { startHub, type TestHub } from '../../test/support/hub.js';
import { bundleClient } from './support/bundle.js';
import { type Site, startSite } from './support/site.js';

const FOLLOW = `
import { createHubClient } from '/client.js';

const follow = (port, url) => {
  const client = createHubClient({ url });
  client.on('state', ({ name }) => port.postMessage(name));
  client.on('message', ({ type, data }) => port.postMessage([type, data]));
};
if (globalThis.window) window.follow = follow;
else onmessage = ({ data }) => follow(globalThis, data);
`;

describe('in Chromium', () => {
  let hub: TestHub;
  let browser: Browser;
  let site: Site;

  beforeAll(async () => {
    hub = await startHub();
    browser = await openBrowser();
    site = await startSite({ '/client.js': await bundleClient('index.ts'), '/follow.js': FOLLOW });
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
    await hub.close();
  });

  it.each([
    [
      'a page',
      `import('/follow.js').then(() => window.follow({ postMessage: (value) => window.got.push(value) }, url))`,
    ],
    [
      'a worker',
      `const worker = new Worker('/follow.js', { type: 'module' });
      worker.onmessage = ({ data }) => window.got.push(data);
      worker.postMessage(url);`,
    ],
  ])('follows the hub in %s', async (_, follow) => {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('console', (message) => problems.push(message.text()));
    await page.goto(site.url);
    await page.evaluate(`{ window.got = []; const url = ${JSON.stringify(hub.url)}; ${follow} }`);
    await page.waitForFunction(`window.got.includes('open')`);

    await hub.app.get(EventsService).broadcastEvent('bark', { n: 1 });
    await page.waitForFunction(`window.got.length === 2`);

    expect(await page.evaluate('window.got')).toEqual(['open', ['event', { n: 1 }]]);
    expect(problems).toEqual([]);
    await page.close();
  });

  it('finds the endpoint at the host of the page where it is given a path', async () => {
    const page = await browser.newPage();
    await page.goto(`${hub.url}/health/live`);
    const [code, path] = [await bundleClient('index.ts'), '/ws/ui'];
    const source = `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`;

    await page.evaluate(`import(${JSON.stringify(source)}).then(({ createHubClient }) => {
      window.client = createHubClient({ url: ${JSON.stringify(path)} });
    })`);
    await page.waitForFunction(`window.client.state.name === 'open'`);
    await page.close();
  });
});
