import { describe, expect, it } from '@jest/globals';
import type { JsonObject, OverlayMessage, OverlayType } from '../../src/protocol/messages.js';
import { misfitOf } from '../src/overlay.js';

const overlay = (overlay_type: OverlayType, data: JsonObject): OverlayMessage => ({
  type: 'overlay',
  overlay_type,
  data,
});
const box = (x: number, y: number, w: number, h: number): JsonObject => ({ x, y, w, h });
const HD = { width: 1280, height: 720 };

describe('an overlay that does not fit the picture', () => {
  it.each<[string, OverlayType, JsonObject, 'normalised' | 'outside' | undefined]>([
    ['boxes in pixels', 'detection', { boxes: [box(100, 100, 50, 50)] }, undefined],
    ['a box that leaves the picture', 'detection', { boxes: [box(1200, 100, 300, 50)] }, undefined],
    ['boxes in shares', 'detection', { boxes: [box(0.2, 0.3, 0.1, 0.2)] }, 'normalised'],
    ['shares beside their size', 'detection', { boxes: [box(0.2, 0.3, 0.1, 0.2)], ...HD }, 'normalised'],
    ['a box of a larger picture', 'detection', { boxes: [box(100, 100, 9, 9), box(1800, 900, 90, 90)] }, 'outside'],
    [
      'the same that tells its size',
      'detection',
      { boxes: [box(1800, 900, 90, 90)], width: 1920, height: 1080 },
      undefined,
    ],
    ['a box before the picture', 'detection', { boxes: [box(-300, 100, 50, 50)] }, 'outside'],
    ['keypoints in shares', 'pose', { keypoints: [{ x: 0.5, y: 0.5 }, [0.25, 1]] }, 'normalised'],
    ['keypoints outside', 'pose', { keypoints: [{ x: 5_000, y: 5 }] }, 'outside'],
    [
      'a zone in shares',
      'zone',
      {
        zones: [
          {
            polygon: [
              [0, 0],
              [1, 0],
              [1, 1],
            ],
          },
        ],
      },
      'normalised',
    ],
    [
      'a zone around the picture',
      'zone',
      {
        zones: [
          {
            polygon: [
              [-9, -9],
              [2_000, -9],
              [9, 2_000],
            ],
          },
        ],
      },
      undefined,
    ],
    ['a note outside', 'annotation', { annotations: [{ x: 5, y: 900, text: 'here' }] }, 'outside'],
    ['a heatmap', 'heatmap', { cols: 1, rows: 1, cells: [1] }, undefined],
    ['no box', 'detection', { boxes: [] }, undefined],
    ['a box that is none', 'detection', { boxes: [null, { x: 'a' }, 7] }, undefined],
    ['a point in the corner', 'pose', { keypoints: [[0, 0]] }, undefined],
  ])('%s', (_, type, data, wanted) => {
    expect(misfitOf(overlay(type, data), HD)).toBe(wanted);
  });

  it('is nothing that can be told where nobody knows the size', () => {
    expect(misfitOf(overlay('detection', { boxes: [box(1800, 900, 90, 90)] }))).toBeUndefined();
  });
});
