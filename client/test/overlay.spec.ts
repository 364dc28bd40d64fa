import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { frames } from '../../src/cli/simulation/frame.js';
import type { JsonObject } from '../../src/protocol/messages.js';
import { ROOT } from '../../test/support/process.js';
import type { DrawOptions } from '../src/overlay.js';
import { detection, load, openOverlayPage, type OverlayPage, red } from './support/overlay-page.js';

describe('drawOverlay in Chromium', () => {
  let at: OverlayPage;

  beforeAll(async () => {
    at = await openOverlayPage();
  });
  afterAll(() => at.close());

  // A picture of 200 x 100 on a square of 400 x 400: half its height is free, or half its width is cut off.
  it.each([
    ['contain', [100, 150], [300, 250]],
    ['cover', [0, 100], [400, 300]],
    ['fill', [100, 100], [300, 300]],
  ] as const)('puts a box where the video has it with object-fit: %s', async (fit, [left, top], [right, bottom]) => {
    const box = { x: 50, y: 25, w: 100, h: 50 };
    const options: DrawOptions = { fit, videoWidth: 1280, videoHeight: 640, ...red };

    const { bounds, pixels } = await at.draw(detection(box), options, {
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

    const sized = await at.draw(message, { videoWidth: 400, videoHeight: 400, ...red }, { width: 200, height: 200 });
    const unknown = await at.draw(message, red, { width: 200, height: 200 });

    expect(sized.bounds?.map((edge) => Math.round(edge / 10) * 10)).toEqual([50, 50, 100, 100]);
    expect(unknown).toMatchObject({ isDrawn: false, bounds: undefined });
  });

  it('draws lines as thick on a fine screen as on a coarse one, and sharp', async () => {
    const box = { x: 50, y: 25, w: 100, h: 50 };
    const thickness = async (width: number, zoom: number): Promise<number> => {
      const look = Array.from({ length: 60 }, (_, x) => [width / 4 - 30 + x, width / 4] as [number, number]);
      const { pixels } = await at.draw(detection(box), { theme: red.theme }, { width, height: width / 2, zoom, look });
      const count = pixels.filter(([r = 0, , , a]) => r === 255 && a === 255).length;

      // No pixel is half of the line and half of its rim.
      expect(pixels.filter(([r = 0]) => r > 20 && r < 255)).toEqual([]);
      return count;
    };

    expect(await thickness(800, 1)).toBe(2);
    expect(await thickness(1600, 0.5)).toBe(4);
  });

  it('gives the canvas one pixel for each of the screen, and empties it', async () => {
    const fine = await at.browser.newPage({ deviceScaleFactor: 2 });
    await load(fine, at.url);

    const sizes = await fine.evaluate(`(() => {
      const canvas = document.createElement('canvas');
      Object.assign(canvas.style, { width: '320px', height: '180px' });
      document.body.append(canvas);
      const ctx = canvas.getContext('2d');
      overlay.clearOverlay(ctx);
      const first = [canvas.width, canvas.height];
      ctx.scale(0.5, 0.5);
      ctx.fillRect(0, 0, 1280, 720);
      overlay.clearOverlay(ctx);
      return { first, left: ctx.getImageData(639, 359, 1, 1).data[3], scale: ctx.getTransform().a };
    })()`);
    await fine.close();

    expect(sizes).toEqual({ first: [640, 360], left: 0, scale: 0.5 });
  });

  it('keeps every chip whole and in the picture', async () => {
    const chipAt = async (x: number, y: number, w = 40): Promise<[width: number, height: number]> => {
      const canvas = { width: 800, height: 800 };
      await at.draw(detection({ x, y, w, h: 20 }), { theme: { colors: ['#00ff00'] }, pixelRatio: 1 }, canvas);
      await at.page.evaluate('window.bare = pixels()');
      await at.draw(
        detection({ x, y, w, h: 20, label: 'dog' }),
        { theme: { colors: ['#00ff00'] }, pixelRatio: 1 },
        canvas,
      );

      return at.page.evaluate<[number, number]>('changed(bare, pixels(), 800)');
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
      const { isDrawn, bounds } = await at.draw(
        body,
        { videoWidth: 1280, videoHeight: 720 },
        { width: 640, height: 640 },
      );
      expect(isDrawn).toBe(true);
      expect(bounds?.[1]).toBeGreaterThanOrEqual(140);
      expect(bounds?.[3]).toBeLessThanOrEqual(500);
    }
  });

  it('shows heat as soft clouds, and the video where there is none', async () => {
    const cells = Array.from({ length: 16 * 9 }, (_, i) => Number(i === 4 * 16 + 8));
    const { pixels } = await at.draw(
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

  it('leaves out what is less sure than asked', async () => {
    const options = { ...red, minConfidence: 0.5 };
    const canvas = { width: 200, height: 100 };

    expect((await at.draw(detection({ x: 1, y: 1, w: 50, h: 50, confidence: 0.4 }), options, canvas)).isDrawn).toBe(
      false,
    );
    expect((await at.draw(detection({ x: 1, y: 1, w: 50, h: 50, confidence: 0.6 }), options, canvas)).isDrawn).toBe(
      true,
    );
  });

  it('draws off screen, in a worker', async () => {
    const drawn = await at.page.evaluate(`new Promise((resolve, reject) => {
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
