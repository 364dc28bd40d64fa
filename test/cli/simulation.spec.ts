import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { HubRequest } from '../../src/cli/requests.js';
import { ACTIVITIES } from '../../src/cli/simulation/dog.js';
import { type FrameRequests, frames } from '../../src/cli/simulation/frame.js';
import { World } from '../../src/cli/simulation/world.js';
import { type Box, KNOWN_EVENT_TYPES, OVERLAY_TYPES, type JsonObject } from '../../src/protocol/messages.js';
import { confidenceRule, messageViolations } from '../../src/protocol/rules.js';

const seeds = fc.integer({ min: 0, max: 2 ** 32 });

function take(count: number, seed: number, fps = 15): FrameRequests[] {
  const source = frames(seed, fps, 'cam-demo');

  return Array.from({ length: count }, () => source.next().value);
}

function violationsIn({ body }: HubRequest): unknown[] {
  const { action, confidence, metadata, ...rest } = body;
  if (action === undefined) {
    const type = 'event_type' in body ? 'event' : 'overlay_type' in body ? 'overlay' : 'telemetry';
    return messageViolations({ type, ...(rest as { data: JsonObject }) });
  }

  const violation = confidenceRule('confidence', confidence);
  const draft = { type: 'event', event_type: action as string, data: metadata as JsonObject };
  return [...messageViolations(draft), ...(violation ? [violation] : [])];
}

/** Every box, point, cell and reading of a frame that is out of range. */
function outOfRange({ states }: FrameRequests): unknown[] {
  return states.flatMap(({ body }) => {
    const {
      boxes = [],
      keypoints = [],
      annotations = [],
      cells = [],
      battery = 0,
    } = body['data'] as {
      boxes?: Required<Box>[];
      keypoints?: Required<Box>[];
      annotations?: Required<Box>[];
      cells?: number[];
      battery?: number;
    };
    const points = [...boxes, ...keypoints, ...annotations];

    return [
      ...points.filter(({ x, y, w = 0, h = 0 }) => !(x >= 0 && y >= 0 && x + w <= 1280 && y + h <= 720)),
      ...boxes.filter(({ w, h }) => !(w > 0 && h > 0)),
      ...[...boxes, ...keypoints].filter(({ confidence }) => !(confidence >= 0 && confidence <= 1)),
      ...cells.filter((cell) => !(cell >= 0 && cell <= 1)),
      ...(battery >= 0 && battery <= 100 ? [] : [battery]),
    ];
  });
}

function boxOf(label: string, { states }: FrameRequests): Required<Box> | undefined {
  const { boxes } = states[0]?.body['data'] as { boxes: Required<Box>[] };

  return boxes.find((box) => box.label === label);
}

describe('the simulated dog', () => {
  it('breaks no rule and leaves no range in 10,000 frames of five dogs, and each does all there is to do', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const events = new Set<unknown>();
        const overlays = new Set<unknown>();
        const labels = new Set<unknown>();
        const problems: unknown[] = [];

        for (const frame of take(2_000, seed)) {
          const requests = [...frame.events, ...frame.states];
          problems.push(...requests.flatMap(violationsIn), ...outOfRange(frame));
          for (const { body } of requests) {
            events.add(body['action'] ?? body['event_type']);
            overlays.add(body['overlay_type']);
          }
          for (const label of ['dog', 'person', 'ball']) if (boxOf(label, frame)) labels.add(label);
        }

        expect(problems).toEqual([]);
        expect([...events]).toEqual(expect.arrayContaining([...KNOWN_EVENT_TYPES]));
        expect([...overlays]).toEqual(expect.arrayContaining([...OVERLAY_TYPES]));
        expect([...labels].sort()).toEqual(['ball', 'dog', 'person']);
      }),
      { numRuns: 5 },
    );
  });

  it('comes to every activity, whatever the seed', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const world = new World(seed, 15);
        const seen = new Set<string>();
        for (let i = 0; i < 2_000; i++) {
          world.step(1 / 15);
          seen.add(world.dog.activity);
        }

        expect([...seen].sort()).toEqual([...ACTIVITIES].sort());
      }),
      { numRuns: 5 },
    );
  });

  it('is the same dog for the same seed, and another one for another', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(take(300, seed)).toEqual(take(300, seed));
        expect(take(300, seed)).not.toEqual(take(300, seed + 1));
      }),
      { numRuns: 4 },
    );
  });

  it('moves without jumps', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const boxes = take(2_000, seed, 30).map((frame) => boxOf('dog', frame) ?? { x: NaN, y: NaN });
        const jumps = boxes.slice(1).map(({ x, y }, i) => Math.hypot(x - (boxes[i]?.x ?? x), y - (boxes[i]?.y ?? y)));

        // 620 pixels a second at most, and what turning round adds to the corner of the box.
        expect(Math.max(...jumps)).toBeLessThan(50);
      }),
      { numRuns: 4 },
    );
  });

  it('moves its paws when it walks, and keeps them still when it lies', () => {
    const world = new World(1, 30);
    const spread = { walk: new Set<number>(), lie: new Set<number>() };
    for (let i = 0; i < 3_000; i++) {
      world.step(1 / 30);
      const { activity, lying } = world.dog;
      const paw = world.keypoints().find(({ name }) => name === 'left_front_paw');
      if (activity === 'walk') spread.walk.add(Math.round((paw?.x ?? 0) - world.dog.x));
      if (activity === 'lie' && lying > 0.99) spread.lie.add(Math.round(Math.abs((paw?.x ?? 0) - world.dog.x) / 8));
    }

    expect(spread.walk.size).toBeGreaterThan(20);
    expect(spread.lie.size).toBeGreaterThan(0);
    expect(spread.lie.size).toBeLessThan(6);
  });

  it('warms the heatmap where the dog runs', () => {
    const world = new World(1, 30);
    while (world.dog.activity !== 'chase') world.step(1 / 30);
    for (let i = 0; i < 20; i++) world.step(1 / 30);
    const { x, y, w, h } = world.dogBox();
    const cells = world.heat.cells();
    const cell = Math.floor((y + h / 2) / 80) * 16 + Math.floor((x + w / 2) / 80);

    expect(cells[cell]).toBeGreaterThan(0.2);
    expect(cells[15]).toBe(0);
  });

  it('sends heatmaps, telemetry, zones and notes at their own rates', () => {
    const counts: Record<string, number> = {};
    for (const { states } of take(15 * 30, 1)) {
      for (const { path, body } of states) {
        const name = (body['overlay_type'] as string | undefined) ?? path.slice(path.lastIndexOf('/') + 1);
        counts[name] = (counts[name] ?? 0) + 1;
      }
    }

    expect(counts).toEqual({ detection: 450, pose: 450, heatmap: 60, telemetry: 30, zone: 6, annotation: 3 });
  });
});
