import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { eventually } from '../support/dashboard.js';
import { startHub } from '../support/hub.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { inkIn, WHOLE } from './ink.js';
import { numbers, TimelinePage } from './timeline-page.js';

describe('the timeline', () => {
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

  it('shows what was and what comes as one list, the newest first, and the same after a reload', async () => {
    await timeline.publish(1, 3);
    await timeline.open();
    await timeline.publish(4, 5);
    await timeline.events.broadcast({ type: 'door_bell', data: { n: 6 } });

    expect(await timeline.list(numbers(6, 1))).toEqual(numbers(6, 1));
    await timeline.page.reload();
    expect(await timeline.list(numbers(6, 1))).toEqual(numbers(6, 1));
    await timeline.page.locator('.event-line').first().getByText('Door bell').waitFor();
    expect(timeline.dashboard.problems).toEqual([]);
  });

  it('misses and doubles nothing while events come and the page loads', async () => {
    await timeline.publish(1, 400);
    const opening = timeline.open();
    let n = 400;
    let isOpen = false;
    void opening.then(() => (isOpen = true));
    while (!isOpen) {
      await timeline.publish(++n, n);
      await delay(5);
    }
    await opening;
    await timeline.publish(n + 1, n + 5);
    await timeline.begin([`n ${(n + 5).toLocaleString('en-US')}`]);

    const saved = await timeline.save('NDJSON');
    expect(
      saved
        .split('\n')
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as { data: { n: number } }).data.n),
    ).toEqual(Array.from({ length: n + 5 }, (_, i) => i + 1));
  });

  it('brings more of the past when it is scrolled back, through a hundred thousand events, with few rows', async () => {
    for (let n = 1; n <= 100_000; n += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, i) => timeline.events.broadcastEvent('bark', { n: n + i })));
    }
    await timeline.open();
    await timeline.begin(['n 100,000']);

    // A few pages by scrolling, as a person would; all the others at once.
    const first = timeline.page.locator('.timeline-row').first();
    for (const size of [11_000, 12_000]) {
      await timeline.scrollTo(1e9);
      const got = await eventually(
        async () => Number(await first.getAttribute('aria-setsize')),
        (setSize) => setSize >= size,
      );
      expect(got).toBeGreaterThanOrEqual(size);
    }
    await timeline.save('NDJSON');
    await timeline.scrollTo(1e9);
    const oldest = await eventually(
      async () => (await timeline.rows()).at(-1),
      (row) => row === 'n 1',
    );
    expect(oldest).toBe('n 1');
    expect(await timeline.page.locator('.timeline-row').count()).toBeLessThan(60);

    // From one end to the other, as fast as frames come.
    const empty = await timeline.page.evaluate<number>(`new Promise((resolve) => {
      const list = document.querySelector('.timeline-scroller');
      let [empty, step] = [0, 0];
      const next = () => {
        const box = list.getBoundingClientRect();
        if (!document.elementFromPoint(box.x + 40, box.y + box.height / 2)?.closest('.timeline-row')) empty++;
        if (step++ === 60) resolve(empty);
        else { list.scrollTop = list.scrollHeight * (1 - step / 60); requestAnimationFrame(next); }
      };
      requestAnimationFrame(next);
    })`);
    expect(empty).toBeLessThan(5);
    expect(await timeline.begin(['n 100,000'])).toEqual(['n 100,000']);
  }, 180_000);

  it('stands still by Space and when it is scrolled, and counts what comes meanwhile', async () => {
    await timeline.publish(1, 40);
    await timeline.open();
    await timeline.begin(numbers(40, 35));

    await timeline.page.getByRole('heading', { name: 'Timeline' }).click();
    await timeline.page.keyboard.press('Space');
    await timeline.publish(41, 57);
    await timeline.page.getByRole('button', { name: '17 new' }).waitFor();
    expect((await timeline.rows())[0]).toBe('n 40');
    await timeline.page.keyboard.press('Space');
    expect(await timeline.begin(['n 57'])).toEqual(['n 57']);

    await timeline.scrollTo(400);
    await timeline.page.getByText('paused').waitFor();
    await timeline.publish(58, 60);
    await timeline.page.getByRole('button', { name: '3 new' }).click();
    expect(await timeline.begin(['n 60'])).toEqual(['n 60']);
    await timeline.page.getByText('60 events').waitFor();
    await timeline.publish(61, 61);
    expect(await timeline.begin(['n 61'])).toEqual(['n 61']);
  });

  it('replays a stretch on the stage and in the list, and goes back to live', async () => {
    await timeline.open();
    const box = { x: 100, y: 100, w: 300, h: 300, label: 'dog', confidence: 0.9 };
    await timeline.publish(1, 1);
    await timeline.events.broadcastOverlayUpdate('detection', { boxes: [box] });
    await timeline.list(numbers(1, 1));
    // What comes after the replay has begun is not in it.
    await timeline.page.getByRole('button', { name: /^Boxes (stale|\d+\/s)/ }).waitFor();
    await timeline.page.getByRole('button', { name: 'Replay last minute' }).click();
    await timeline.page.getByText('Nothing had happened by then.').waitFor();
    await timeline.publish(2, 2);

    // From the end back to where the box was, and once more where it was missed: there is what had been, and nothing of
    // what came since.
    await timeline.page.getByLabel('Moment of the replay').focus();
    await timeline.page.keyboard.press('End');
    expect(await timeline.list(numbers(1, 1))).toEqual(numbers(1, 1));
    let steps = 0;
    const ink = await eventually(
      async () => {
        const drawn = await inkIn(timeline.page, WHOLE);
        if (drawn === 0) await timeline.page.keyboard.press(++steps % 50 === 0 ? 'End' : 'ArrowLeft');

        return drawn;
      },
      (drawn) => drawn > 0,
    );
    expect(ink).toBeGreaterThan(0);

    await timeline.page.getByRole('button', { name: 'Back to live' }).click();
    expect(await timeline.list(numbers(2, 1))).toEqual(numbers(2, 1));
    expect(timeline.dashboard.problems).toEqual([]);
  });

  it('tells how many events it recovered, and has them all', async () => {
    const proxy = await TcpProxy.start({ targetPort: Number(new URL(timeline.hub.url).port) });
    try {
      await timeline.open(`http://127.0.0.1:${proxy.port}`);
      await timeline.publish(1, 2);
      await timeline.list(numbers(2, 1));
      proxy.blackhole('both');
      await timeline.publish(3, 44);
      proxy.blackhole(null);
      proxy.reset();

      const healed = ['42 missed events recovered', ...numbers(44, 30)];
      expect(await timeline.begin(healed)).toEqual(healed);
      expect(await timeline.page.locator('.timeline-row').first().getAttribute('aria-setsize')).toBe('45');
    } finally {
      await proxy.close();
    }
  });

  it('tells of a gap, and has what another hub in its place knows', async () => {
    await timeline.open();
    await timeline.publish(1, 2);
    await timeline.list(numbers(2, 1));
    const { port } = new URL(timeline.hub.url);
    await timeline.hub.close();
    timeline.hub = await startHub({ PORT: port });
    // Whether the page is back by now or not.
    await timeline.publish(3, 4);
    await timeline.page.locator('.timeline-notice span', { hasText: /^gap: \d+ m?s$/ }).waitFor();
    await timeline.publish(5, 5);

    await timeline.begin(numbers(5, 3));
    const rows = await timeline.rows();
    expect(rows.filter((row) => !row.startsWith('gap'))).toEqual(numbers(5, 1));
    expect(rows[3]).toMatch(/^gap/);
  });

  it('says that the history cannot be had, and gets it when asked again', async () => {
    await timeline.publish(1, 2);
    await timeline.open();
    await timeline.page.route('**/api/events?*', (route) => route.abort());
    await timeline.page.reload();
    await timeline.page.getByRole('alert').getByText('The hub did not answer.').waitFor();
    await timeline.page.unroute('**/api/events?*');
    await timeline.page.getByRole('button', { name: 'Try again' }).click();

    expect(await timeline.list(numbers(2, 1))).toEqual(numbers(2, 1));
  });
});
