import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { type Dashboard, eventually, openDashboard } from '../support/dashboard.js';
import { startHub, type TestHub } from '../support/hub.js';
import { startNode, type TestProcess } from '../support/process.js';
import { inkIn, WHOLE } from './ink.js';

/** Three seconds are promised; this is for a machine that is three times slower. */
const ALIVE_MS = 10_000;

describe('the page beside the demo', () => {
  let hub: TestHub;
  let browser: Browser;
  let dashboard: Dashboard;
  let demo: TestProcess;

  beforeAll(async () => {
    hub = await startHub();
    browser = await openBrowser();
    dashboard = await openDashboard(browser, hub.url);
  });
  afterAll(async () => {
    await demo.kill();
    await browser.close();
    await hub.close();
  });

  it('is alive in every panel soon after the first message', async () => {
    const { page } = dashboard;
    demo = startNode(['dist/cli/main.js', 'demo', '--url', hub.url, '--seed', '7']);
    await page.locator('.connection-figures').getByText(/ago$/).waitFor();
    const alive = { timeout: ALIVE_MS };

    await Promise.all([
      page.locator('.event-line').first().waitFor(alive),
      page.getByRole('figure', { name: 'Battery' }).waitFor(alive),
      page.getByRole('button', { name: /^Boxes \d+\/s/ }).waitFor(alive),
      page.getByRole('button', { name: /^Pose \d+\/s/ }).waitFor(alive),
    ]);
    const ink = await eventually(
      () => inkIn(page, WHOLE),
      (share) => share > 0,
      ALIVE_MS,
    );
    expect(ink).toBeGreaterThan(0);
    expect(dashboard.problems).toEqual([]);
  });
});
