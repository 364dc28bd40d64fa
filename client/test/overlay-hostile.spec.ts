import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject } from '../../src/protocol/messages.js';
import {
  detection,
  openOverlayPage,
  type Overlay,
  type OverlayPage,
  type PageGlobals,
  red,
} from './support/overlay-page.js';

describe('drawOverlay of hostile data', () => {
  let at: OverlayPage;

  beforeAll(async () => {
    at = await openOverlayPage();
  });
  afterAll(() => at.close());

  it('draws the sound parts of broken data', async () => {
    const good = { x: 50, y: 25, w: 100, h: 50 };
    const bad = [null, 7, 'x', [], { ...good, x: NaN }, { ...good, w: -1 }, { ...good, y: '3' }, { ...good, x: 1e300 }];
    const canvas = { width: 400, height: 200 };

    const alone = await at.draw(detection(good), red, canvas);
    const among = await at.draw(
      { overlay_type: 'detection', data: { boxes: [...bad, good], width: 200, height: 100 } },
      red,
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
    ].map((bone) => at.draw(pose([bone]), {}, { width: 400, height: 200, look }));

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
        'x'.repeat(5_000),
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
    const item = fc.record(
      Object.fromEntries(
        fields.map((key) => [key, fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 90 }) }, part)]),
      ),
    );
    const items = fc.array(fc.oneof({ weight: 4, arbitrary: item }, part), { maxLength: 5 });
    const data = fc.oneof(
      fc.record(Object.fromEntries(names.map((name) => [name, fc.oneof({ weight: 4, arbitrary: items }, part)]))),
      part,
    );
    const types = fc.constantFrom('detection', 'pose', 'heatmap', 'zone', 'annotation', 'constructor', 7);
    const messages: unknown[] = fc.sample(fc.oneof(fc.record({ overlay_type: types, data }), part), {
      numRuns: 500,
      seed: 5,
    });

    expect(
      await at.page.evaluate(
        ({ all }) => {
          const ctx = document.createElement('canvas').getContext('2d') as CanvasRenderingContext2D;
          const { drawOverlay } = (globalThis as unknown as PageGlobals).overlay;
          ctx.globalAlpha = 0.25;
          ctx.setTransform(2, 0, 0, 2, 7, 7);
          const answers = all.map((message) => drawOverlay(ctx, message, { videoWidth: 100, videoHeight: 100 }));

          return { answers: [...new Set(answers)].sort(), alpha: ctx.globalAlpha, x: ctx.getTransform().e };
        },
        { all: messages },
      ),
    ).toEqual({ answers: [false, true], alpha: 0.25, x: 7 });
  });

  it('draws as much of a crowd as there is sense in', async () => {
    const drawn = await at.page.evaluate(`(() => {
      const many = (item) => Array.from({ length: 10_000 }, (_, i) => item(i));
      const data = {
        width: 100, height: 100,
        boxes: many((i) => ({ x: i % 99, y: i % 77, w: 9, h: 9, label: String(i) })),
        keypoints: many((i) => ({ x: i % 99, y: 1, name: String(i) })),
        skeleton: many(() => [0, 1]),
        zones: many(() => ({ name: 'x', polygon: [[1, 1], [9, 9], [1, 9]] })),
        annotations: many(() => ({ x: 1, y: 1, text: 'x '.repeat(5_000) })),
        cols: 256, rows: 256, cells: many(() => 0.5),
      };
      const ctx = document.createElement('canvas').getContext('2d');
      let texts = 0;
      ctx.fillText = () => texts++;
      const names = ['detection', 'pose', 'heatmap', 'zone', 'annotation'];
      return [names.map((overlay_type) => overlay.drawOverlay(ctx, { overlay_type, data })), texts < 1_000];
    })()`);

    expect(drawn).toEqual([[true, true, true, true, true], true]);
  });
});
