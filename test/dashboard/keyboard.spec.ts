import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { EventsService } from '../../src/events/events.service.js';
import { openBrowser } from '../support/browser.js';
import { type Dashboard, eventually, goTo, openDashboard, queryOf } from '../support/dashboard.js';
import { startHub, type TestHub } from '../support/hub.js';

/** Every text that a screen reader would speak from now on, without anybody having asked for it. */
const LISTEN = `(() => {
  window.spoken = [];
  const isLive = (element) => {
    const region = element?.closest('output, [role=status], [role=alert], [role=log], [aria-live]');
    return region && region.getAttribute('aria-live') !== 'off';
  };
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const element = target instanceof Element ? target : target.parentElement;
      if (isLive(element)) window.spoken.push(element.textContent);
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
})()`;

describe('for everybody, the page', () => {
  let hub: TestHub;
  let events: EventsService;
  let browser: Browser;
  let dashboard: Dashboard;
  let page: Page;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    hub = await startHub();
    events = hub.app.get(EventsService);
    dashboard = await openDashboard(browser, hub.url, { locale: 'en-US' });
    page = dashboard.page;
  });
  afterEach(async () => {
    await dashboard.close();
    await hub.close();
    expect(dashboard.problems).toEqual([]);
  });

  const focused = (): Promise<string> =>
    page.evaluate(`document.activeElement?.ariaLabel ?? document.activeElement?.textContent ?? ''`);

  it('has each control within 40 steps of Tab, however much has happened', async () => {
    for (let n = 0; n < 300; n++) await events.broadcastEvent(`kind_${n % 30}`, { n });
    for (const source of ['attic', 'bed']) await events.broadcastTelemetry({ fps: 1, battery: 2, cpu: 3 }, { source });
    await page.getByText('300 events', { exact: true }).waitFor();

    const steps: string[] = [];
    for (let step = 0; step < 60; step++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(`document.activeElement === document.body`)) break;
      steps.push(await focused());
    }

    expect(steps.length).toBeLessThan(40);
    for (const control of ['Skip to the picture', 'Hub', 'Bookmark', 'Search the timeline', 'Export events'])
      expect(steps).toContain(control);
    expect(steps.filter((each) => each.startsWith('Kind ')).length).toBeLessThanOrEqual(2);
  });

  it('is walked by arrows where many are beside or below each other', async () => {
    for (let n = 1; n <= 3; n++) await events.broadcastEvent('bark', { n });
    await page.getByText('3 events', { exact: true }).waitFor();
    await page.getByRole('button', { name: /^Heat/ }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toMatch(/^Zones/);
    await page.keyboard.press('End');
    expect(await focused()).toMatch(/^Notes/);

    await page.locator('.event-line').first().focus();
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toContain('n 2');
    expect(await page.locator('.event-line[tabindex="0"]').count()).toBe(1);
  });

  it('leads past what comes before', async () => {
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to the timeline');
    await page.keyboard.press('Enter');

    expect(await focused()).toBe('Timeline');
    expect(page.url()).not.toContain('#');
  });

  it('says nothing by itself while figures come and go', async () => {
    await events.broadcastTelemetry({ fps: 0 });
    await page.getByRole('figure', { name: 'Frames' }).waitFor();
    await page.evaluate(LISTEN);
    for (let fps = 1; fps <= 8; fps++) {
      await events.broadcastTelemetry({ fps });
      await events.broadcastOverlayUpdate('detection', { boxes: [] });
      await eventually(
        () => page.getByRole('figure', { name: 'Frames' }).locator('output').innerText(),
        (text) => text === `${fps}fps`,
      );
    }
    await page
      .getByText(/^stale/)
      .first()
      .waitFor();

    expect(await page.evaluate('spoken')).toEqual([]);
  });

  it('moves nothing when something becomes stale', async () => {
    const lefts = (): Promise<number[]> =>
      page.evaluate(
        `[...document.querySelectorAll('.overlay-toggle')].map((each) => each.getBoundingClientRect().left)`,
      );
    const before = await lefts();
    await events.broadcastOverlayUpdate('detection', { boxes: [] });
    await events.broadcastOverlayUpdate('heatmap', { cols: 1, rows: 1, cells: [0] });
    await page.getByRole('button', { name: /^Boxes ?stale/ }).waitFor();

    expect(await lefts()).toEqual(before);
  });

  it('has the hub in a view of its own, which the link says', async () => {
    expect(await page.locator('.send-form, .facts, .table-box').count()).toBe(0);
    await goTo(page, 'Hub');
    await page.locator('.send-form').waitFor();
    expect(await page.locator('.stage-panel').count()).toBe(0);
    expect((await queryOf(page)).get('view')).toBe('hub');

    await page.reload();
    await page.locator('.send-form').waitFor();
    await goTo(page, 'Monitor');
    await page.locator('.stage-panel').waitFor();
    expect((await queryOf(page)).has('view')).toBe(false);
  });

  it('says in the beginning what to do next, with the line to copy', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const lines = await page.locator('.copy-line code').allInnerTexts();
    expect(lines[0]).toBe(
      `curl ${hub.url}/api/events/broadcast -H 'Content-Type: application/json' -d '{"event_type":"bark","data":{"confidence":0.9}}'`,
    );
    expect(lines[1]).toBe(`npm run demo -- --url ${hub.url}`);

    await page.locator('.copy-line').first().getByRole('button', { name: 'Copy' }).click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(lines[0]);
    await events.broadcastEvent('bark', {});
    await page.locator('.timeline-panel .copy-line').first().waitFor({ state: 'detached' });
  });
});

describe('on a wall', () => {
  it('has no controls, and larger type', async () => {
    const hub = await startHub();
    const browser = await openBrowser();
    const viewport = { width: 1920, height: 1080 };
    const plain = await openDashboard(browser, hub.url, { viewport });
    const { page, problems } = await openDashboard(browser, `${hub.url}/?kiosk`, { viewport });
    const size = (of: Page): Promise<number> =>
      of.evaluate('parseFloat(getComputedStyle(document.documentElement).fontSize)');

    expect(await page.locator('button:visible, input:visible, select:visible').count()).toBe(0);
    await page.locator('.stage-screen').waitFor();
    expect(await size(page)).toBeGreaterThan(await size(plain.page));
    expect(problems).toEqual([]);
    await browser.close();
    await hub.close();
  });
});
