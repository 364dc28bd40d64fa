import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { type Dashboard, eventually, openDashboard } from '../support/dashboard.js';
import { startHub, type TestHub } from '../support/hub.js';
import { startNode, type TestProcess } from '../support/process.js';
import { type EncodedFrame, webmOf } from '../support/webm.js';

const WIDTH = 320;
const HEIGHT = 180;
const FPS = 30;
const FRAMES = 150;

/** In pixels of the video. The line of a box is one wide there. */
const MAX_ERROR = 1;
/** The picture and what is drawn over it come from two threads; a busy machine holds up one of them. */
const MAX_FRAMES_APART = 3;
/** From one moment to the next, at least: ten are more than one round. */
const STEP_FRAMES = 20;

/** Where the box of a frame is: it moves by 1.5 pixels a frame, so that each frame has a place of its own. */
const boxOf = (frame: number) => ({ x: 10 + 1.5 * frame, y: 100, w: 60, h: 60, label: 'dog', confidence: 0.9 });

/** Each frame has its number in it, as eight bright or dark fields at the top. */
const RECORD = `(async () => {
  const canvas = new OffscreenCanvas(${WIDTH}, ${HEIGHT});
  const context = canvas.getContext('2d');
  const frames = [];
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const data = new Uint8Array(chunk.byteLength);
      chunk.copyTo(data);
      frames.push({ data: btoa(String.fromCharCode(...data)), atMs: Math.round(chunk.timestamp / 1000), isKey: chunk.type === 'key' });
    },
    error: (error) => { throw error; },
  });
  encoder.configure({ codec: 'vp8', width: ${WIDTH}, height: ${HEIGHT}, bitrate: 500_000, framerate: ${FPS} });
  for (let n = 0; n < ${FRAMES}; n++) {
    context.fillStyle = '#444';
    context.fillRect(0, 0, ${WIDTH}, ${HEIGHT});
    for (let bit = 0; bit < 8; bit++) {
      context.fillStyle = n >> bit & 1 ? '#fff' : '#000';
      context.fillRect(bit * 40, 0, 40, 60);
    }
    const frame = new VideoFrame(canvas, { timestamp: Math.round(n * 1e6 / ${FPS}) });
    encoder.encode(frame, { keyFrame: n % 30 === 0 });
    frame.close();
  }
  await encoder.flush();
  return frames;
})()`;

/** Which frame the video shows, and where the box is that is drawn over it, in pixels of the video; both at one moment. */
const LOOK = `new Promise((resolve) => {
  const video = document.querySelector('video');
  const overlay = document.querySelector('.stage-overlay:last-of-type');
  const copy = (source, width, height) => {
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    context.drawImage(source, 0, 0, width, height);
    return context;
  };
  video.requestVideoFrameCallback(() => requestAnimationFrame(() => {
    const picture = copy(video, ${WIDTH}, ${HEIGHT});
    let frame = 0;
    for (let bit = 0; bit < 8; bit++) if (picture.getImageData(bit * 40 + 20, 30, 1, 1).data[0] > 128) frame |= 1 << bit;
    const { width, height } = overlay;
    const scale = Math.min(width / ${WIDTH}, height / ${HEIGHT});
    const left = (width - ${WIDTH} * scale) / 2;
    const row = copy(overlay, width, height).getImageData(0, Math.round(height / 2 + 40 * scale), width, 1).data;
    const bright = [];
    for (let x = 0; x < width; x++) if (row[4 * x] > 180 && row[4 * x + 3] > 180) bright.push(x);
    if (bright.length === 0) resolve({ frame, x: null, end: null });
    else resolve({ frame, x: (bright[0] + 0.5 - left) / scale, end: (bright.at(-1) + 0.5 - left) / scale });
  }));
})`;

/** What happens in the video, and in which frame. */
const EVENTS = { dog_detected: 5, stand: 30, bark: 60, fetch_return: 100, sit: 140 } as const;
/** The one cell that is hot, in a grid of 16 by 9: 20 by 20 pixels of the video. */
const HOT = { column: 12, row: 4 };

/** Lines of a trace: a box for each frame, the heat, and what happens. */
function traceOf(): string[] {
  const post = (frame: number, path: string, body: object): object => ({
    at_ms: Math.round((1_000 * frame) / FPS),
    path: `/api/events/broadcast${path}`,
    body,
  });
  const overlay = (frame: number, overlay_type: string, data: object): object =>
    post(frame, '/overlay', { overlay_type, data: { frame, width: WIDTH, height: HEIGHT, ...data } });
  const cells = Array.from({ length: 16 * 9 }, (_, cell) => (cell === HOT.row * 16 + HOT.column ? 1 : 0));

  const lines = Array.from({ length: FRAMES }, (_, frame) => [
    overlay(frame, 'detection', { boxes: [boxOf(frame)] }),
    ...(frame % 15 === 0 ? [overlay(frame, 'heatmap', { cols: 16, rows: 9, cells })] : []),
    ...Object.entries(EVENTS).flatMap(([event_type, at]) =>
      at === frame ? [post(frame, '', { event_type, data: { frame } })] : [],
    ),
  ]);

  return lines.flat().map((line) => JSON.stringify(line));
}

/** Where the heat is in its middle, in pixels of the video, and how much there is. */
const HEAT = `(() => {
  const overlay = document.querySelector('.stage-overlay');
  const { width, height } = overlay;
  const scale = Math.min(width / ${WIDTH}, height / ${HEIGHT});
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  context.drawImage(overlay, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  let [sum, x, y] = [0, 0, 0];
  for (let i = 0; i < data.length; i += 4) {
    sum += data[i + 3];
    x += data[i + 3] * ((i / 4) % width);
    y += data[i + 3] * Math.floor(i / 4 / width);
  }
  return {
    sum,
    x: (x / sum - (width - ${WIDTH} * scale) / 2) / scale,
    y: (y / sum - (height - ${HEIGHT} * scale) / 2) / scale,
  };
})()`;

interface Look {
  frame: number;
  /** The middle of its left line and of its right one; `null` where no box is drawn. */
  x: number | null;
  end: number | null;
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

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hub-video-'));
    hub = await startHub();
    browser = await openBrowser();
    dashboard = await openDashboard(browser, hub.url);
    page = dashboard.page;

    const frames = await page.evaluate<(Omit<EncodedFrame, 'data'> & { data: string })[]>(RECORD);
    const decoded = frames.map((frame) => ({ ...frame, data: Buffer.from(frame.data, 'base64') }));
    await page.keyboard.press('v');
    await page.getByLabel('Choose a video file').setInputFiles({
      name: 'numbers.webm',
      mimeType: 'video/webm',
      buffer: webmOf(decoded, WIDTH, HEIGHT, (1_000 * FRAMES) / FPS),
    });
    await page.getByLabel('Video numbers.webm').waitFor();

    writeFileSync(join(folder, 'trace.jsonl'), traceOf().join('\n'));
    replay = startNode(['dist/cli/main.js', 'replay', join(folder, 'trace.jsonl'), '--url', hub.url, '--loop']);
    await page.locator('.stage-overlay[data-frame]').first().waitFor({ state: 'attached' });
  }, 60_000);
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
  }, 60_000);
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
