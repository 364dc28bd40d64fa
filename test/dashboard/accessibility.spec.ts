import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { openDashboard } from '../support/dashboard.js';
import { GUIDE_BODIES, post } from '../support/http.js';
import { startHub, type TestHub } from '../support/hub.js';
import { ROOT } from '../support/process.js';

const AXE = readFileSync(join(ROOT, 'node_modules/axe-core/axe.min.js'), 'utf8');

interface Violation {
  id: string;
  impact: string;
  nodes: { target: string[] }[];
}

/** What axe finds, as `rule at element`. */
async function violationsOn(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<{ violations: Violation[] }>('axe.run()');

  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} at ${target.join(' ')}`));
}

describe.each([
  ['dark', 1280],
  ['light', 1280],
  ['dark', 360],
  ['light', 360],
] as const)('axe, in the %s theme at %d px', (colorScheme, width) => {
  let hub: TestHub;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    hub = await startHub();
    browser = await openBrowser();
    page = (
      await openDashboard(browser, hub.url, { colorScheme, reducedMotion: 'reduce', viewport: { width, height: 900 } })
    ).page;
  });
  afterAll(async () => {
    await browser.close();
    await hub.close();
  });

  it('finds nothing on the empty page', async () => {
    expect(await violationsOn(page)).toEqual([]);
  });

  it('finds nothing once something has happened', async () => {
    for (const [path, body] of Object.entries(GUIDE_BODIES)) await post(`${hub.url}${path}`, body);
    await page.keyboard.press('b');
    await page.getByText(/^Bookmarked/).waitFor();

    expect(await violationsOn(page)).toEqual([]);
  });

  it('finds nothing in an open event, a chosen stretch and a replay', async () => {
    await page.locator('.event-line').first().click();
    await page.getByLabel('Message as JSON').waitFor();
    await page.getByRole('slider', { name: /Events in the last hour/ }).focus();
    await page.keyboard.press('ArrowRight');
    await post(`${hub.url}/api/events/broadcast`, { event_type: 'bark', data: {} });
    await page.getByRole('button', { name: '1 new' }).waitFor();
    expect(await violationsOn(page)).toEqual([]);

    await page.getByRole('button', { name: 'Replay', exact: true }).click();
    await page.getByRole('group', { name: 'Replay' }).waitFor();
    expect(await violationsOn(page)).toEqual([]);
    await page.getByRole('button', { name: 'Back to live' }).click();
  });

  it('finds nothing in the dialog of the export', async () => {
    await page.getByRole('button', { name: 'Export events' }).click();
    await page.getByRole('dialog').waitFor();

    expect(await violationsOn(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it.each([
    ['picture', 'v'],
    ['help', '?'],
  ])('finds nothing in the dialog of the %s', async (_, key) => {
    await page.keyboard.press(key);
    await page.getByRole('dialog').waitFor();

    expect(await violationsOn(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});
