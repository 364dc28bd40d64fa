import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Browser, Page } from 'playwright-core';
import { frames } from '../../src/cli/simulation/frame.js';
import type { JsonObject } from '../../src/protocol/messages.js';
import { openBrowser } from '../../test/support/browser.js';
import { ROOT } from '../../test/support/process.js';
import type { DrawOptions } from '../src/overlay.js';
import { bundleClient } from './support/bundle.js';
import { type Site, startSite } from './support/site.js';

interface Overlay {
  overlay_type: string;
  data: JsonObject;
}

interface Drawn {
  isDrawn: boolean;
  /** Around all pixels that are not empty, in backing pixels: left, top, and the first ones beyond. */
  bounds: [left: number, top: number, right: number, bottom: number] | undefined;
  /** Red, green, blue and alpha of the points asked for. */
  pixels: number[][];
}

interface Canvas {
  width: number;
  height: number;
  /** CSS pixels of one backing pixel. */
  zoom?: number;
  look?: [number, number][];
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
  const most = (list) => list.reduce((a, b) => Math.max(a, b));
  const least = (list) => list.reduce((a, b) => Math.min(a, b));
  const bounds = xs.length ? [least(xs), least(ys), most(xs) + 1, most(ys) + 1] : undefined;
  return { isDrawn, bounds, pixels: look.map(([x, y]) => [...data.slice(4 * (y * width + x), 4 * (y * width + x) + 4)]) };
};
`;

const detection = (box: JsonObject, data: JsonObject = {}): Overlay => ({
  overlay_type: 'detection',
  data: { boxes: [box], width: 200, height: 100, ...data },
});
const boxOnly = { theme: { colorOf: () => '#ff0000' }, pixelRatio: 1 };

describe('drawOverlay in Chromium', () => {
  let browser: Browser;
  let site: Site;
  let page: Page;
  let problems: Error[];

  beforeAll(async () => {
    browser = await openBrowser();
    site = await startSite({ '/overlay.js': await bundleClient('overlay.ts'), '/page.js': PAGE });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await site.close();
  });
  beforeEach(async () => {
    page = await browser.newPage();
    problems = [];
    page.on('pageerror', (error) => problems.push(error));
    await page.goto(site.url);
    await page.addScriptTag({ type: 'module', url: '/page.js' });
    await page.waitForFunction('window.draw');

    return async () => {
      await page.close();
      expect(problems).toEqual([]);
    };
  });

  const draw = (message: unknown, options: object, canvas: Canvas): Promise<Drawn> =>
    page.evaluate<Drawn, unknown>('([message, options, canvas]) => draw(message, options, canvas)' as never, [
      message,
      options,
      canvas,
    ]);

  // A picture of 200 x 100 on a square of 400 x 400: half its height is free, or half its width is cut off.
  it.each([
    ['contain', [100, 150], [300, 250]],
    ['cover', [0, 100], [400, 300]],
    ['fill', [100, 100], [300, 300]],
  ] as const)('puts a box where the video has it with object-fit: %s', async (fit, [left, top], [right, bottom]) => {
    const box = { x: 50, y: 25, w: 100, h: 50 };
    const options: DrawOptions = { fit, videoWidth: 1280, videoHeight: 640, ...boxOnly };

    const { bounds, pixels } = await draw(detection(box), options, {
      width: 400,
      height: 400,
      look: [
        [200, top === 100 && fit === 'cover' ? 100 : top],
        [200, 200],
      ],
    });

    // The line and its rim are within 4 pixels of the border; a box that is cut off ends in the picture.
    const [x = 0, y = 0, toX = 0, toY = 0] = bounds ?? [];
    const far = [x - left, y - top, toX - right, toY - bottom].map(Math.abs);
    expect(Math.max(...far)).toBeLessThanOrEqual(4);
    expect(pixels).toEqual([
      [255, 0, 0, 255],
      [0, 0, 0, 0],
    ]);
  });

  it('takes the size of the video where the message says nothing of its picture', async () => {
    const message = detection({ x: 100, y: 100, w: 100, h: 100 }, { width: undefined, height: undefined });

    const sized = await draw(message, { videoWidth: 400, videoHeight: 400, ...boxOnly }, { width: 200, height: 200 });
    const unknown = await draw(message, boxOnly, { width: 200, height: 200 });

    expect(sized.bounds?.map((edge) => Math.round(edge / 10) * 10)).toEqual([50, 50, 100, 100]);
    expect(unknown).toMatchObject({ isDrawn: false, bounds: undefined });
  });

  it('draws lines as thick on a fine screen as on a coarse one, and sharp', async () => {
    const box = { x: 50, y: 25, w: 100, h: 50 };
    const thickness = async (width: number, zoom: number): Promise<number> => {
      const look = Array.from({ length: 60 }, (_, x) => [width / 4 - 30 + x, width / 4] as [number, number]);
      const { pixels } = await draw(detection(box), { theme: boxOnly.theme }, { width, height: width / 2, zoom, look });
      const red = pixels.filter(([r = 0, , , a]) => r === 255 && a === 255).length;

      // No pixel is half of the line and half of its rim.
      expect(pixels.filter(([r = 0]) => r > 20 && r < 255)).toEqual([]);
      return red;
    };

    expect(await thickness(800, 1)).toBe(2);
    expect(await thickness(1600, 0.5)).toBe(4);
  });

  it('gives the canvas one pixel for each of the screen, and empties it', async () => {
    const fine = await browser.newPage({ deviceScaleFactor: 2 });
    await fine.goto(site.url);
    await fine.addScriptTag({ type: 'module', url: '/page.js' });
    await fine.waitForFunction('window.draw');

    const sizes = await fine.evaluate(`(() => {
      const canvas = document.createElement('canvas');
      Object.assign(canvas.style, { width: '320px', height: '180px' });
      document.body.append(canvas);
      const ctx = canvas.getContext('2d');
      overlay.clearOverlay(ctx);
      const first = [canvas.width, canvas.height];
      ctx.scale(0.1, 0.1);
      ctx.fillRect(0, 0, 6400, 3600);
      overlay.clearOverlay(ctx);
      return { first, left: ctx.getImageData(639, 359, 1, 1).data[3], scale: ctx.getTransform().a };
    })()`);
    await fine.close();

    expect(sizes).toEqual({ first: [640, 360], left: 0, scale: 0.1 });
  });

  it('keeps every chip whole and in the picture', async () => {
    const chipAt = async (x: number, y: number, w = 40): Promise<[number, number]> => {
      const of = (label: string): Overlay => detection({ x, y, w, h: 20, label });
      const options = { theme: { colorOf: () => '#00ff00' }, pixelRatio: 1 };
      const size = await page.evaluate(
        `(() => {
          const [bare, named] = ${JSON.stringify([of(''), of('dog')])}.map((message) => {
            draw(message, { ...${JSON.stringify({ pixelRatio: options.pixelRatio })}, theme: { colorOf: () => '#00ff00' } }, { width: 800, height: 800 });
            return document.querySelector('canvas').getContext('2d').getImageData(0, 0, 800, 800).data;
          });
          let [left, top, right, bottom] = [800, 800, 0, 0];
          for (let i = 0; i < 640000; i++) if ([0, 1, 2, 3].some((part) => bare[4 * i + part] !== named[4 * i + part])) {
            [left, top] = [Math.min(left, i % 800), Math.min(top, Math.floor(i / 800))];
            [right, bottom] = [Math.max(right, i % 800), Math.max(bottom, Math.floor(i / 800))];
          }
          return [right - left, bottom - top];
        })()`,
      );

      return size as [number, number];
    };

    const free = await chipAt(80, 40);

    expect(free[0]).toBeGreaterThan(30);
    for (const [x, y, w] of [
      [0, 0],
      [180, 0],
      [199, 60],
      [-30, 90],
      [180, 95],
      [0, 0, 200],
    ] as const) {
      const [width, height] = await chipAt(x, y, w);
      // Where a chip lies on a line of its own colour, a few of its pixels do not differ.
      expect(Math.abs(width - free[0])).toBeLessThanOrEqual(4);
      expect(Math.abs(height - free[1])).toBeLessThanOrEqual(4);
    }
  });

  it('draws all that the demo and a real detector send, inside the picture only', async () => {
    const camera = frames(7, 30, 'cam');
    const demo = Array.from({ length: 400 }, () => camera.next().value.states).flat();
    const trace = readFileSync(join(ROOT, 'test/fixtures/dog-fetch.jsonl'), 'utf8').trim().split('\n');
    const real = trace.map((line) => (JSON.parse(line) as { body: JsonObject }).body);
    const overlays = [...demo.map(({ body }) => body), ...real].filter((body) => 'overlay_type' in body);
    const newest = new Map(overlays.map((body) => [`${String(body['overlay_type'])} ${String(body['source'])}`, body]));

    expect([...newest.keys()].sort()).toEqual([
      'annotation cam',
      'detection cam',
      'detection undefined',
      'heatmap cam',
      'heatmap undefined',
      'pose cam',
      'zone cam',
    ]);
    for (const body of newest.values()) {
      const { isDrawn, bounds } = await draw(body, { videoWidth: 1280, videoHeight: 720 }, { width: 640, height: 640 });
      expect(isDrawn).toBe(true);
      expect(bounds?.[1]).toBeGreaterThanOrEqual(140);
      expect(bounds?.[3]).toBeLessThanOrEqual(500);
    }
  });

  it('shows heat as soft clouds, and the video where there is none', async () => {
    const cells = Array.from({ length: 16 * 9 }, (_, i) => Number(i === 4 * 16 + 8));
    const { pixels } = await draw(
      { overlay_type: 'heatmap', data: { cols: 16, rows: 9, cells } },
      { videoWidth: 1280, videoHeight: 720 },
      {
        width: 640,
        height: 360,
        look: [
          [340, 180],
          [360, 180],
          [380, 180],
          [20, 20],
        ],
      },
    );

    const [hot = 0, warm = 0, cool = 0, none] = pixels.map(([, , , alpha]) => alpha);
    expect(hot).toBeGreaterThan(warm);
    expect(warm).toBeGreaterThan(cool);
    expect(cool).toBeGreaterThan(0);
    expect(none).toBe(0);
  });

  it.each<[string, DrawOptions, JsonObject, number]>([
    ['is new', { receivedAt: 1_000_000 }, {}, 1],
    ['has half its time behind it', { receivedAt: 999_500 }, {}, 1],
    ['is about to go', { receivedAt: 999_200 }, {}, 0.5],
    ['is past its time', { receivedAt: 999_000 }, {}, 0],
    ['is past its time by the stamp of its producer', {}, { timestamp: '1970-01-01T00:16:39Z' }, 0],
    [
      'has a stamp of a clock that is known to be behind',
      { clockOffsetMs: -900 },
      { timestamp: '1970-01-01T00:16:39Z' },
      1,
    ],
    ['has a stamp that is not to count', { clockOffsetMs: false }, { timestamp: '1970-01-01T00:16:39Z' }, 1],
    ['has a stamp of the future', {}, { timestamp: '2070-01-01T00:00:00Z' }, 1],
    ['has a stamp that is none', {}, { timestamp: 'soon' }, 1],
    ['was kept by the hub for longer than its time', { receivedAt: 1_000_000 }, { age_ms: 1_500 }, 0],
    ['has a longer time', { receivedAt: 998_000, ttlMs: 5_000 }, {}, 1],
    ['has another time for its type', { receivedAt: 999_900, ttlMs: { detection: 100 } }, {}, 0],
  ])('draws an overlay that %s accordingly', async (_title, options, { age_ms, ...data }, freshness) => {
    const message = {
      ...detection({ x: 50, y: 25, w: 100, h: 50, confidence: 1 }, data),
      ...(age_ms !== undefined && { age_ms }),
    };
    const { isDrawn, pixels } = await draw(
      message,
      { now: 1_000_000, ...boxOnly, theme: undefined, ...options },
      { width: 800, height: 400, look: [[400, 100]] },
    );

    expect(isDrawn).toBe(freshness > 0);
    // What lies under the line is its own rim.
    const alpha = (pixels[0]?.[3] ?? 0) / 255;
    if (freshness === 0.5) expect(alpha).toBeGreaterThan(0.4);
    if (freshness === 0.5) expect(alpha).toBeLessThan(0.8);
    else expect(alpha).toBe(freshness);
  });

  it('counts the age from the first time it drew a message, unless it is told, and lets zones stay', async () => {
    const drawn = await page.evaluate(`(() => {
      const ctx = document.createElement('canvas').getContext('2d');
      const of = (overlay_type, data) => ({ overlay_type, data: { width: 100, height: 100, ...data } });
      const box = of('detection', { boxes: [{ x: 1, y: 1, w: 9, h: 9 }] });
      const zone = of('zone', { zones: [{ name: 'bed', polygon: [[1, 1], [50, 1], [1, 50]] }] });
      return [0, 900, 1_100, 1e9].map((age) => [box, zone].map((message) => overlay.drawOverlay(ctx, message, { now: 5_000 + age })));
    })()`);

    expect(drawn).toEqual([
      [true, true],
      [true, true],
      [false, true],
      [false, true],
    ]);
  });

  it('leaves out what is less sure than asked', async () => {
    const options = { ...boxOnly, minConfidence: 0.5 };
    const canvas = { width: 200, height: 100 };

    expect((await draw(detection({ x: 1, y: 1, w: 50, h: 50, confidence: 0.4 }), options, canvas)).isDrawn).toBe(false);
    expect((await draw(detection({ x: 1, y: 1, w: 50, h: 50, confidence: 0.6 }), options, canvas)).isDrawn).toBe(true);
  });

  it('draws the sound parts of broken data', async () => {
    const good = { x: 50, y: 25, w: 100, h: 50 };
    const bad = [null, 7, 'x', [], { ...good, x: NaN }, { ...good, w: -1 }, { ...good, y: '3' }, { ...good, x: 1e300 }];
    const canvas = { width: 400, height: 200 };

    const alone = await draw(detection(good), boxOnly, canvas);
    const among = await draw(
      { overlay_type: 'detection', data: { boxes: [...bad, good], width: 200, height: 100 } },
      boxOnly,
      canvas,
    );

    expect(among).toEqual(alone);
  });

  it('takes joints named after parts of every object for what they are', async () => {
    const joint = (name: string, x: number): JsonObject => ({ name, x, y: 50, confidence: 1 });
    const pose = (skeleton: unknown): Overlay => ({
      overlay_type: 'pose',
      data: { width: 200, height: 100, keypoints: [joint('constructor', 20), joint('__proto__', 180)], skeleton },
    });
    const look: [number, number][] = [[200, 100]];

    const bones = [
      ['constructor', '__proto__'],
      [0, 1],
      ['toString', 'valueOf'],
    ].map((bone) => draw(pose([bone]), {}, { width: 400, height: 200, look }));

    expect((await Promise.all(bones)).map(({ pixels }) => (pixels[0]?.[3] ?? 0) > 0)).toEqual([true, true, false]);
  });

  it('never throws, whatever it is given, and leaves the context as it was', async () => {
    const part = fc.oneof(
      fc.constantFrom(
        NaN,
        Infinity,
        -1e300,
        1e9,
        0,
        1,
        50,
        'x'.repeat(200_000),
        '\u202e\n',
        '👩‍👩‍👧'.repeat(50),
        null,
        '__proto__',
      ),
      fc.jsonValue({ maxDepth: 2 }),
    );
    const names = [
      'boxes',
      'keypoints',
      'skeleton',
      'zones',
      'annotations',
      'cols',
      'rows',
      'cells',
      'width',
      'timestamp',
    ];
    const fields = ['x', 'y', 'w', 'h', 'label', 'name', 'polygon', 'text', 'confidence'];
    const record = (keys: string[]) =>
      fc.record(Object.fromEntries(keys.map((key) => [key, part])), { requiredKeys: [] });
    const items = fc.array(fc.oneof(record(fields), part), { maxLength: 5 });
    const data = fc.oneof(
      fc.record(Object.fromEntries(names.map((name) => [name, fc.oneof(items, part)])), { requiredKeys: [] }),
      part,
    );
    const types = fc.constantFrom('detection', 'pose', 'heatmap', 'zone', 'annotation', 'constructor', 7);
    const messages = fc.sample(fc.oneof(fc.record({ overlay_type: types, data }), part), { numRuns: 1_000, seed: 5 });
    const crowds = {
      boxes: Array.from({ length: 10_000 }, (_, i) => ({ x: i % 99, y: i % 77, w: 9, h: 9, label: `${i}` })),
      keypoints: Array.from({ length: 10_000 }, (_, i) => ({ x: i % 99, y: 1, name: `${i}` })),
      skeleton: Array.from({ length: 10_000 }, () => [0, 1]),
      zones: Array.from({ length: 10_000 }, () => ({
        name: 'x',
        polygon: [
          [1, 1],
          [9, 9],
          [1, 9],
        ],
      })),
      annotations: Array.from({ length: 10_000 }, () => ({ x: 1, y: 1, text: 'x '.repeat(500) })),
      ...{ cols: 256, rows: 256, cells: Array.from({ length: 65_536 }, () => 0.5) },
    };
    const large = ['detection', 'pose', 'heatmap', 'zone', 'annotation'].map((overlay_type) => ({
      overlay_type,
      data: crowds,
    }));

    const run = `(messages) => {
      const ctx = document.createElement('canvas').getContext('2d');
      ctx.globalAlpha = 0.25;
      ctx.setTransform(2, 0, 0, 2, 7, 7);
      const answers = messages.map((message) => overlay.drawOverlay(ctx, message, { videoWidth: 100, videoHeight: 100 }));
      return { answers: [...new Set(answers)].sort(), alpha: ctx.globalAlpha, x: ctx.getTransform().e };
    }`;

    expect(await page.evaluate(run as never, [...messages, ...large] as never)).toEqual({
      answers: [false, true],
      alpha: 0.25,
      x: 7,
    });
  });

  it('draws off screen, in a worker', async () => {
    const drawn = await page.evaluate(`new Promise((resolve, reject) => {
      const text = \`
        import { clearOverlay, drawOverlay } from '\${location.origin}/overlay.js';
        const ctx = new OffscreenCanvas(160, 90).getContext('2d');
        clearOverlay(ctx);
        const data = { cols: 1, rows: 1, cells: [1], boxes: [{ x: 1, y: 1, w: 50, h: 50, label: 'dog' }], width: 160, height: 90 };
        postMessage(['heatmap', 'detection'].map((overlay_type) => drawOverlay(ctx, { overlay_type, data })));
      \`;
      const worker = new Worker(URL.createObjectURL(new Blob([text], { type: 'text/javascript' })), { type: 'module' });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = reject;
    })`);

    expect(drawn).toEqual([true, true]);
  });
});
