import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { type Dashboard, openDashboard } from '../support/dashboard.js';
import { startHub, type TestHub } from '../support/hub.js';

/**
 * Presses the key, closes what has opened as Escape does, and presses the key again, with no task of the browser in
 * between: the page has only the time that a key's own event gives it. Gives the titles of the dialogs after each step.
 */
const openCloseOpen = (key: string): string => `(async () => {
  const titles = () => [...document.querySelectorAll('dialog[open] h2')].map((title) => title.textContent);
  const step = async (act) => {
    act();
    for (let i = 0; i < 10; i++) await undefined;
    return titles();
  };
  const press = () => document.activeElement.dispatchEvent(
    new KeyboardEvent('keydown', { key: ${JSON.stringify(key)}, bubbles: true, cancelable: true }));
  return [await step(press), await step(() => document.querySelector('dialog').requestClose()), await step(press)];
})()`;

describe('a dialog', () => {
  let hub: TestHub;
  let browser: Browser;
  let dashboard: Dashboard;
  let page: Page;

  beforeAll(async () => {
    hub = await startHub();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await hub.close();
  });

  beforeEach(async () => {
    dashboard = await openDashboard(browser, hub.url);
    page = dashboard.page;
  });
  afterEach(async () => {
    await dashboard.close();
    expect(dashboard.problems).toEqual([]);
  });

  it.each([
    ['The picture', 'v'],
    ['Keyboard', '?'],
  ])('opens again at once after it was closed: %s', async (title, key) => {
    expect(await page.evaluate(openCloseOpen(key))).toEqual([[title], [], [title]]);
    // Nor does anything that comes later take it away.
    await page.evaluate('new Promise((resolve) => setTimeout(() => requestAnimationFrame(resolve)))');
    expect(await page.getByRole('dialog').count()).toBe(1);
  });

  it.each([
    ['The picture', 'Choose the picture'],
    ['Keyboard', 'Keyboard help'],
    ['Export', 'Export events'],
  ])('closes by Escape and by its cross, and gives the focus back: %s', async (title, name) => {
    const opener = page.getByRole('button', { name });
    const dialog = page.getByRole('dialog', { name: title });

    for (const close of [() => page.keyboard.press('Escape'), () => dialog.getByLabel('Close').click()]) {
      await opener.click();
      await dialog.waitFor();
      await close();
      await dialog.waitFor({ state: 'detached' });
      expect(await page.evaluate('document.activeElement.ariaLabel')).toBe(name);
    }
  });

  it('stays when the choice of a file is given up', async () => {
    await page.keyboard.press('v');
    await page.getByLabel('Choose a video file').dispatchEvent('cancel', { bubbles: true });

    await page.getByRole('button', { name: 'Use the webcam' }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(1);
  });
});
