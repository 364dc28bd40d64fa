import type { Browser, Page } from 'playwright-core';
import type { JsonObject } from '../../../src/protocol/messages.js';
import { openBrowser } from '../../../test/support/browser.js';
import type { DrawOptions } from '../../src/overlay.js';
import { bundleClient } from './bundle.js';
import { startSite } from './site.js';

export interface Overlay {
  overlay_type: string;
  data: JsonObject;
}

export interface Drawn {
  isDrawn: boolean;
  /** Around all pixels that are not empty, in backing pixels: left, top, and the first ones beyond. */
  bounds: [left: number, top: number, right: number, bottom: number] | undefined;
  /** Red, green, blue and alpha of the points asked for. */
  pixels: number[][];
}

export interface Canvas {
  width: number;
  height: number;
  /** CSS pixels of one backing pixel. */
  zoom?: number;
  look?: [number, number][];
}

export interface PageGlobals {
  draw(message: unknown, options: DrawOptions, canvas: Canvas): Drawn;
  overlay: { drawOverlay: (ctx: unknown, message: unknown, options: DrawOptions) => boolean };
}

/** Runs in the page: draws on a new canvas and tells what is on it. */
const PAGE = `
import * as overlay from '/overlay.js';
window.overlay = overlay;
window.draw = (message, options, { width, height, zoom = 1, look = [] }) => {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  Object.assign(canvas.style, { width: width * zoom + 'px', height: height * zoom + 'px' });
  document.body.replaceChildren(canvas);
  const ctx = canvas.getContext('2d', { willReadFrequently: true });
  const isDrawn = overlay.drawOverlay(ctx, message, options);
  const { data } = ctx.getImageData(0, 0, width, height);
  const [xs, ys] = [[], []];
  for (let i = 0; i < width * height; i++) if (data[4 * i + 3] > 0) { xs.push(i % width); ys.push(Math.floor(i / width)); }
  return { isDrawn, bounds: boundsOf(xs, ys), pixels: look.map(([x, y]) => [...data.slice(4 * (y * width + x), 4 * (y * width + x) + 4)]) };
};
const most = (list) => list.reduce((a, b) => Math.max(a, b));
const least = (list) => list.reduce((a, b) => Math.min(a, b));
const boundsOf = (xs, ys) => (xs.length ? [least(xs), least(ys), most(xs) + 1, most(ys) + 1] : undefined);
window.pixels = () => {
  const canvas = document.querySelector('canvas');
  return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
};
window.changed = (before, after, width) => {
  const [xs, ys] = [[], []];
  for (let i = 0; i < before.length; i++) if (before[i] !== after[i]) { xs.push((i >> 2) % width); ys.push(Math.floor((i >> 2) / width)); }
  const [left, top, right, bottom] = boundsOf(xs, ys);
  return [right - left, bottom - top];
};
`;

export const detection = (box: JsonObject, data: JsonObject = {}): Overlay => ({
  overlay_type: 'detection',
  data: { boxes: [box], width: 200, height: 100, ...data },
});
export const red = { theme: { colors: ['#ff0000'] }, pixelRatio: 1 };

export interface OverlayPage {
  browser: Browser;
  page: Page;
  url: string;
  draw(message: unknown, options: DrawOptions, canvas: Canvas): Promise<Drawn>;
  /** Fails where anything in the page has thrown. */
  close(): Promise<void>;
}

/** A page in Chromium that can draw. */
export async function openOverlayPage(): Promise<OverlayPage> {
  const site = await startSite({ '/overlay.js': await bundleClient('overlay.ts'), '/page.js': PAGE });
  const browser = await openBrowser();
  const page = await browser.newPage();
  const problems: Error[] = [];
  page.on('pageerror', (error) => problems.push(error));
  await load(page, site.url);

  return {
    browser,
    page,
    url: site.url,
    draw: (message, options, canvas) =>
      page.evaluate(([one, how, where]) => (globalThis as unknown as PageGlobals).draw(one, how, where), [
        message,
        options,
        canvas,
      ] as const),
    async close() {
      await browser.close();
      await site.close();
      if (problems.length > 0) throw new AggregateError(problems);
    },
  };
}

export async function load(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.addScriptTag({ type: 'module', url: '/page.js' });
  await page.waitForFunction('window.draw');
}
