import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { eventually, queryOf } from '../support/dashboard.js';
import { numbers, TimelinePage } from './timeline-page.js';

describe('what can be done with the timeline', () => {
  let browser: Browser;
  let timeline: TimelinePage;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    timeline = await TimelinePage.start(browser);
  });
  afterEach(() => timeline.close());

  it('shows what is searched and chosen, and has that in the address', async () => {
    await timeline.publish(1, 2);
    await timeline.publish(3, 3, 'howl');
    await timeline.events.broadcastEvent('sit', { n: 4, label: 'in the garden' });
    await timeline.open();
    await timeline.page.getByRole('button', { name: 'Bark 2' }).click();
    await timeline.page.getByRole('button', { name: 'Howl 1' }).click();
    expect(await timeline.list(numbers(3, 1))).toEqual(numbers(3, 1));
    await timeline.page.reload();
    expect(await timeline.list(numbers(3, 1))).toEqual(numbers(3, 1));
    await timeline.page.getByRole('button', { name: 'All' }).click();

    await timeline.page.getByRole('heading', { name: 'Timeline' }).click();
    await timeline.page.keyboard.press('/');
    await timeline.page.keyboard.type('GARDEN sit');
    expect(await timeline.list(['in the garden · n 4'])).toEqual(['in the garden · n 4']);
    expect((await queryOf(timeline.page)).get('q')).toBe('GARDEN sit');
    await timeline.page.keyboard.type('x');
    await timeline.page.getByText('Nothing fits what you chose.').waitFor();
    await timeline.page.keyboard.press('Escape');
    expect(await timeline.list(['in the garden · n 4', ...numbers(3, 1)])).toHaveLength(4);
  });

  it('opens an event with all that came, stands still meanwhile, and copies it', async () => {
    await timeline.publish(1, 3);
    await timeline.open();
    await timeline.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await timeline.page.locator('.event-line').first().focus();
    await timeline.page.keyboard.press('ArrowDown');
    await timeline.page.keyboard.press('Enter');
    const json = await timeline.page.getByLabel('Message as JSON').innerText();
    expect(JSON.parse(json)).toMatchObject({ type: 'event', event_type: 'bark', data: { n: 2 } });

    await timeline.publish(4, 4);
    await timeline.page.getByRole('button', { name: '1 new' }).waitFor();
    await timeline.page.getByRole('button', { name: 'Copy JSON' }).click();
    await timeline.page.getByText('Copied').waitFor();
    expect(await timeline.page.evaluate<string>('navigator.clipboard.readText()')).toBe(json);

    await timeline.page.getByRole('button', { name: /Bark.*n 2/ }).click();
    expect(await timeline.list(numbers(4, 1))).toEqual(numbers(4, 1));
  });

  it('shows safely whatever a producer makes up', async () => {
    const html = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
    await timeline.open();
    await timeline.events.broadcastEvent(
      '<b>x</b>'.replace(/[<>/]/g, '_'),
      { message: html, label: html },
      { source: 'a'.repeat(128) },
    );
    await timeline.events.broadcastEvent('long', { message: 'x'.repeat(100_000), [html]: 'y'.repeat(100_000) });
    await timeline.events.broadcastEvent('odd', {
      message: {},
      metadata: [],
      timestamp: 1e300,
      confidence: '1',
      label: '\u202Edog',
    });
    await timeline.events.broadcastEvent('__proto__', { nothing: null });
    await timeline.page.locator('.event-line').nth(3).waitFor();
    await timeline.page.locator('.event-line').nth(2).click();
    await timeline.page.getByText(/The first 20,000 of 200,\d+ characters/).waitFor();

    expect(await timeline.page.title()).toBe('Dog monitor');
    expect(await timeline.page.locator('.timeline-panel img, .timeline-panel script').count()).toBe(0);
    expect(
      await timeline.page.evaluate<number>('document.documentElement.scrollWidth - innerWidth'),
    ).toBeLessThanOrEqual(0);
    expect(
      await timeline.page.evaluate<number>(`(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)
        (document.querySelector('.timeline-scroller'))`),
    ).toBeLessThanOrEqual(0);
    expect(timeline.dashboard.problems).toEqual([]);
  });

  it('saves a table without formulas', async () => {
    await timeline.events.broadcastEvent('bark', { text: '=1+1' }, { source: '=cmd()' });
    await timeline.open();
    await timeline.list(['=cmd()=1+1']);

    const [header, row] = (await timeline.save('CSV')).split('\r\n');
    expect(header).toBe('time,type,event_type,source,confidence,id,offset,data');
    expect(row).toContain(`,event,bark,"'=cmd()",,`);
  });

  it('counts the last hour minute by minute, and a minute can be chosen by keys', async () => {
    await timeline.publish(1, 7);
    await timeline.open();
    const slider = timeline.page.getByRole('slider', { name: /Events in the last hour/ });
    await slider.focus();
    await timeline.page.keyboard.press('ArrowRight');
    await timeline.page.keyboard.press('Shift+ArrowLeft');
    expect(
      await eventually(
        () => slider.getAttribute('aria-valuetext'),
        (text) => /· 7 events$/.test(text ?? ''),
      ),
    ).toMatch(/^\d\d:\d\d–\d\d:\d\d · 7 events$/);
    await timeline.page.setViewportSize({ width: 360, height: 800 });
    await timeline.page.getByRole('button', { name: 'Clear' }).waitFor();
    expect(
      await timeline.page.evaluate<number>(`(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)
        (document.querySelector('.timeline-panel'))`),
    ).toBeLessThanOrEqual(0);
    await timeline.page.keyboard.press('Escape');
    expect(await slider.getAttribute('aria-valuetext')).toBe('none chosen');
  });
});
