import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { type Dashboard, openDashboard, goTo } from '../support/dashboard.js';
import { startHub, type TestHub } from '../support/hub.js';

/** A name that is not this machine's own, so that the browser trusts it no more than any other host of the network. */
const HOST = 'hub.home.arpa';

describe('the page of a hub on another host, over plain HTTP', () => {
  let hub: TestHub;
  let browser: Browser;
  let dashboard: Dashboard;
  let page: Page;

  beforeAll(async () => {
    hub = await startHub({ HOST: '0.0.0.0' });
    browser = await openBrowser([`--host-resolver-rules=MAP ${HOST} 127.0.0.1`]);
    dashboard = await openDashboard(browser, `http://${HOST}:${new URL(hub.url).port}`, { locale: 'en-US' });
    page = dashboard.page;
  });
  afterAll(async () => {
    await browser.close();
    await hub.close();
  });

  it('is live where the browser has no secure context', async () => {
    expect(await page.evaluate('[isSecureContext, typeof navigator.clipboard, typeof crypto.randomUUID]')).toEqual([
      false,
      'undefined',
      'undefined',
    ]);
    await goTo(page, 'Hub');
    await page.locator('.facts').getByText('memory').waitFor();
  });

  it('sends, bookmarks and takes snapshots', async () => {
    await page.getByRole('button', { name: 'Send event' }).click();
    await page.getByText('Accepted, for 1 client').waitFor();
    await goTo(page, 'Monitor');
    await page.getByRole('button', { name: 'Bookmark' }).click();
    await page.locator('.event-line').filter({ hasText: 'Bookmark' }).waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('s')]);
    expect(download.suggestedFilename()).toMatch(/\.png$/);

    await page.locator('.event-line').filter({ hasText: 'Snapshot saved' }).waitFor();
  });

  it('draws overlays', async () => {
    await goTo(page, 'Hub');
    await page.getByRole('radio', { name: 'overlay' }).check();
    await page.getByRole('button', { name: 'Send overlay' }).click();
    await page.getByText('Accepted, for 1 client').waitFor();
    await goTo(page, 'Monitor');
    await page
      .getByRole('button', { name: /Boxes/ })
      .filter({ hasText: /stale|\/s/ })
      .waitFor();
  });

  it('copies an event without the clipboard of secure pages', async () => {
    const line = page.locator('.event-line').filter({ hasText: 'Hello from the dashboard' });
    await line.click();
    await page.getByRole('button', { name: 'Copy JSON' }).click();
    await page.getByText('Copied').waitFor();
    const json = await page.getByLabel('Message as JSON').innerText();
    await line.click();

    await page.getByLabel('Search the timeline').focus();
    await page.keyboard.press('ControlOrMeta+v');
    expect((await page.getByLabel('Search the timeline').inputValue()).replaceAll(/\s/g, '')).toBe(
      json.replaceAll(/\s/g, ''),
    );
    await page.getByLabel('Search the timeline').fill('');
  });

  it('says why there is no webcam, and keeps what happened over a reload', async () => {
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Choose the picture' }).click();
    expect(await page.getByRole('button', { name: 'Use the webcam' }).isDisabled()).toBe(true);
    await page.getByText('Browsers open a webcam on https and on localhost only.').waitFor();

    await page.reload();
    await page.getByLabel('Connection: live').waitFor();
    await page.locator('.event-line').filter({ hasText: 'Hello from the dashboard' }).waitFor();
    await page.locator('.event-line').filter({ hasText: 'Snapshot saved' }).waitFor();
  });

  it('complains of nothing, and asks no other host', () => {
    expect(dashboard.problems).toEqual([]);
  });
});
