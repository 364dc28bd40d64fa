import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { type Dashboard, eventually, openDashboard } from '../support/dashboard.js';
import { startHub, type TestHub } from '../support/hub.js';
import { startNode, type TestProcess } from '../support/process.js';
import {
  boxOf,
  frameAt,
  FRAMES,
  HEAT,
  HOT,
  type Look,
  LOOK,
  LOOK_FROM_START,
  record,
  traceOf,
  WIDTH,
} from './numbered-video.js';

/** In pixels of the video. The line of a box is one wide there. */
const MAX_ERROR = 1;
/** The picture and what is drawn over it come from two threads; a busy machine holds up one of them. */
const MAX_FRAMES_APART = 3;
/** A box that is further off is one of another moment. */
const OTHER_MOMENT_FRAMES = 15;
/** From one moment to the next, at least: ten are more than one round. */
const STEP_FRAMES = 20;

/** How far it is from one frame to another, on a way that goes around. */
function framesApart(one: number, other: number): number {
  const ahead = (one - other + FRAMES) % FRAMES;

  return Math.min(ahead, FRAMES - ahead);
}

/** How far the box is from where it belongs, in pixels of the video; `NaN` where there is none. */
function errorOf({ frame, x, end }: Look): number {
  // At its end it begins anew.
  const near = Array.from({ length: 2 * MAX_FRAMES_APART + 1 }, (_, i) =>
    boxOf((frame + i - MAX_FRAMES_APART + FRAMES) % FRAMES),
  );

  return Math.min(...near.map((box) => Math.max(Math.abs(box.x - (x ?? NaN)), Math.abs(box.x + box.w - (end ?? NaN)))));
}

describe('a recorded video', () => {
  let folder: string;
  let hub: TestHub;
  let browser: Browser;
  let dashboard: Dashboard;
  let page: Page;
  let replay: TestProcess;
  let file: { name: string; mimeType: string; buffer: Buffer };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hub-video-'));
    hub = await startHub();
    browser = await openBrowser();
    dashboard = await openDashboard(browser, hub.url);
    page = dashboard.page;

    file = await record(page);
    await page.keyboard.press('v');
    await page.getByLabel('Choose a video file').setInputFiles(file);
    await page.getByLabel('Video numbers.webm').waitFor();

    writeFileSync(join(folder, 'trace.jsonl'), traceOf().join('\n'));
    replay = startNode(['dist/cli/main.js', 'replay', join(folder, 'trace.jsonl'), '--url', hub.url, '--loop']);
    await page.locator('.stage-overlay[data-frame]').first().waitFor({ state: 'attached' });
  });
  afterAll(async () => {
    await replay.kill();
    await browser.close();
    await hub.close();
    rmSync(folder, { recursive: true });
  });

  it('has the box of the frame it shows, within three frames and a pixel, at ten moments, more than once around', async () => {
    const looks: Look[] = [];
    for (let moment = 0; moment < 10; moment++) {
      const last = looks.at(-1);
      // A machine that is too busy to play it shows a frame without its box now and then, but not for long.
      const look = await eventually(
        () => page.evaluate<Look>(LOOK),
        (each) => errorOf(each) <= MAX_ERROR && (!last || (each.frame - last.frame + FRAMES) % FRAMES >= STEP_FRAMES),
      );
      looks.push(look);
    }

    expect({ looks, wrong: looks.filter((look) => !(errorOf(look) <= MAX_ERROR)) }).toEqual({ looks, wrong: [] });
    expect(new Set(looks.map(({ frame }) => frame)).size).toBeGreaterThan(5);
  }, 180_000);

  it('has no box of another moment over its first frames', async () => {
    const other = await openDashboard(browser, hub.url);
    // The detector is in the middle of the recording, when the video begins with its first frame.
    await eventually(
      () => page.locator('.stage-overlay').last().getAttribute('data-frame'),
      (frame) => Math.abs(Number(frame) - FRAMES / 2) < FRAMES / 6,
    );
    const looking = other.page.evaluate<Look[]>(LOOK_FROM_START);
    await other.page.keyboard.press('v');
    await other.page.getByLabel('Choose a video file').setInputFiles(file);
    const looks = await looking;
    await other.close();

    const wrong = looks.filter(({ frame, x }) => x !== null && framesApart(frame, frameAt(x)) > OTHER_MOMENT_FRAMES);
    expect({ looks, wrong }).toEqual({ looks, wrong: [] });
  });

  it('has its heat where the motion is', async () => {
    const heat = await eventually(
      () => page.evaluate<{ sum: number; x: number; y: number }>(HEAT),
      ({ sum }) => sum > 0,
    );

    const cell = WIDTH / 16;
    expect(Math.abs(heat.x - (HOT.column + 0.5) * cell)).toBeLessThan(cell / 4);
    expect(Math.abs(heat.y - (HOT.row + 0.5) * cell)).toBeLessThan(cell / 4);
  });

  it('has all that happens in it in the timeline, in order', async () => {
    await page.locator('.event-line').nth(4).waitFor();
    // The newest first; the recording goes round and round, and may have begun in the middle.
    const names = (await page.locator('.event-name bdi').allInnerTexts()).slice(0, 5).reverse();
    const wanted = ['Dog detected', 'Stand', 'Bark', 'Fetch and return', 'Sit'];
    const first = wanted.indexOf(names[0] ?? '');

    expect(names).toEqual([...wanted.slice(first), ...wanted.slice(0, first)]);
  });

  it('goes into a window of its own, and back', async () => {
    const isApart = (): Promise<boolean> => page.evaluate('document.pictureInPictureElement !== null');
    const button = page.getByRole('button', { name: 'Picture in picture' });

    await button.click();
    expect(await eventually(isApart, (is) => is)).toBe(true);

    await button.click();
    expect(await eventually(isApart, (is) => !is)).toBe(false);
  });

  it('complains of nothing', () => {
    expect(dashboard.problems).toEqual([]);
  });
});

describe('a picture that is not there', () => {
  let hub: TestHub;
  let browser: Browser;

  beforeAll(async () => {
    hub = await startHub();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await hub.close();
  });

  it.each([
    ['video', 'missing.mp4 cannot be played'],
    ['mjpeg', 'missing.mp4 shows no picture'],
  ])('is told for a %s, and the scene is one click away', async (kind, text) => {
    const { page, close } = await openDashboard(browser, `${hub.url}/?stage=${kind}&address=/missing.mp4`);

    await page.getByRole('alert').filter({ hasText: text }).waitFor();
    await page.getByRole('button', { name: 'Show the scene' }).click();

    await page.getByRole('img', { name: 'A drawn room' }).waitFor();
    expect(page.url()).not.toContain('stage=');
    await close();
  });
});
