import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { OverlayMessage, OverlayType } from '../../src/protocol/messages.js';
import { OverlaySlots } from '../src/show/slots.js';

type Put = [type: OverlayType, frame: number | undefined, at?: number, source?: string];

/** What is picked after these, as `type frame`. */
function picksOf(puts: readonly Put[], shown?: number, isForVideo = shown !== undefined): string[] {
  const slots = new OverlaySlots();
  for (const [overlay_type, frame, at = 0, source] of puts) {
    const data = { boxes: [], ...(frame !== undefined && { frame }) };
    const message: OverlayMessage = { type: 'overlay', overlay_type, data, ...(source && { source }) };
    slots.put(message, at, isForVideo);
  }

  return slots
    .picks(shown)
    .map(({ message: { overlay_type, source, data } }) =>
      [overlay_type, typeof data['frame'] === 'number' ? data['frame'] : 'newest', ...(source ? [source] : [])].join(
        ' ',
      ),
    );
}

describe('what is drawn together of a live picture', () => {
  it('is of one frame: box and pose wait for each other', () => {
    const first: Put[] = [
      ['detection', 1],
      ['pose', 1],
      ['detection', 2, 30],
    ];
    expect(picksOf(first)).toEqual(['detection 1', 'pose 1']);
    expect(picksOf([...first, ['pose', 2, 35]])).toEqual(['detection 2', 'pose 2']);
  });

  it('has no heat of a later frame', () => {
    const first: Put[] = [
      ['heatmap', 10],
      ['detection', 10],
      ['detection', 12, 60],
      ['heatmap', 13, 70],
    ];
    expect(picksOf(first)).toEqual(['heatmap 10', 'detection 12']);
    expect(picksOf([...first, ['detection', 13, 80]])).toEqual(['heatmap 13', 'detection 13']);
  });

  it('leaves out what comes no more, instead of waiting for it', () => {
    expect(
      picksOf([
        ['detection', 1],
        ['pose', 1],
        ['detection', 20, 400],
      ]),
    ).toEqual(['detection 20']);
  });

  it('is the newest of each where their numbers have nothing to do with each other', () => {
    const puts = Array.from({ length: 8 }, (_, n): Put[] => [
      ['detection', n, n * 30],
      ['pose', 5_000 + n, n * 30],
    ]).flat();
    expect(picksOf(puts)).toEqual(['detection 7', 'pose 5007']);
  });

  it('is the newest of each where one tells no frame', () => {
    expect(
      picksOf([
        ['detection', 7],
        ['pose', undefined],
        ['zone', undefined],
      ]),
    ).toEqual(['zone newest', 'detection 7', 'pose newest']);
  });

  it('goes on where a producer begins anew', () => {
    expect(
      picksOf([
        ['detection', 900],
        ['pose', 900],
        ['detection', 0, 50],
        ['pose', 0, 55],
      ]),
    ).toEqual(['detection 0', 'pose 0']);
  });

  it('keeps zones and notes, whatever frame they were set in', () => {
    expect(
      picksOf([
        ['zone', 900],
        ['annotation', 900],
        ['detection', 7],
      ]),
    ).toEqual(['zone 900', 'detection 7', 'annotation 900']);
  });

  it('is of one frame for each camera by itself', () => {
    expect(
      picksOf([
        ['detection', 5, 0, 'hall'],
        ['pose', 5, 0, 'hall'],
        ['detection', 80, 0, 'yard'],
        ['pose', 79, 0, 'yard'],
        ['pose', 80, 0, 'yard'],
        ['detection', 6, 0, 'hall'],
      ]),
    ).toEqual(['detection 5 hall', 'detection 80 yard', 'pose 5 hall', 'pose 80 yard']);
  });

  it('never mixes two frames, in whatever order and with whatever losses they come', () => {
    const arrivals = fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.integer({ min: 1, max: 120 })), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(arrivals, (all) => {
        let at = 0;
        const puts = all.flatMap(([hasBox, hasPose, waitMs], frame): Put[] => {
          at += waitMs;

          return [
            ...(hasBox ? [['detection', frame, at] as Put] : []),
            ...(hasPose ? [['pose', frame, at] as Put] : []),
          ];
        });
        // One frame in common is enough for their numbers to be the same.
        puts.push(['detection', 500, at], ['pose', 500, at], ['detection', 501, at + 10]);

        const frames = picksOf(puts).map((pick) => pick.split(' ')[1]);
        expect(new Set(frames).size).toBe(1);
      }),
    );
  });
});

describe('what is drawn together over a video', () => {
  const round = (to: number): Put[] =>
    Array.from({ length: to }, (_, frame): Put[] => [
      ['detection', frame],
      ['pose', frame],
    ]).flat();

  it('is of the frame that it shows', () => {
    expect(picksOf(round(100), 40)).toEqual(['detection 40', 'pose 40']);
  });

  it('is of its end as long as it shows that, though the overlays have begun anew', () => {
    expect(picksOf([...round(100), ...round(4)], 98)).toEqual(['detection 98', 'pose 98']);
  });

  it('is of one frame where one of them is not here yet', () => {
    expect(picksOf([...round(40), ['detection', 40], ['detection', 41]], 41)).toEqual(['detection 39', 'pose 39']);
  });

  it('is nothing before it is known which frame it shows, but for what tells no frame', () => {
    expect(picksOf([...round(9), ['zone', undefined]], -1)).toEqual(['zone newest']);
  });

  it('holds the heat for a second, and a box for three frames', () => {
    expect(picksOf([['heatmap', 10], ...round(31)], 33)).toEqual(['heatmap 10', 'detection 30', 'pose 30']);
    expect(picksOf([['heatmap', 10], ...round(31)], 41)).toEqual([]);
  });
});
