import { mutateBytes, mutateFields, mutateText } from './mutate.js';
import type { Random } from './random.js';
import { name, object, value } from './values.js';

type Fields = Record<string, unknown>;

/** A body that its route takes. */
export const BODIES = {
  event: (random: Random): Fields => ({ event_type: name(random), data: smallData(random), ...source(random) }),
  action: (random: Random): Fields => ({
    action: name(random),
    confidence: random.below(11) / 10,
    metadata: { n: random.below(9) },
  }),
  overlay: (random: Random): Fields =>
    random.chance(0.5)
      ? { overlay_type: 'detection', data: { boxes: boxes(random) }, ...source(random) }
      : {
          overlay_type: random.pick(['pose', 'heatmap', 'zone', 'annotation']),
          data: smallData(random),
          ...source(random),
        },
  telemetry: (random: Random): Fields => ({
    data: { fps: random.below(60), battery: random.below(101) },
    ...source(random),
  }),
} as const;
export type BodyKind = keyof typeof BODIES;
export const BODY_KINDS = Object.keys(BODIES) as BodyKind[];

function source(random: Random): Fields {
  return random.chance(0.3) ? { source: `cam-${random.below(20)}` } : {};
}

function smallData(random: Random): Fields {
  return random.chance(0.7) ? { n: random.below(1_000), note: name(random) } : {};
}

function boxes(random: Random): Fields[] {
  const length = random.chance(0.02) ? random.pick([999, 1_000, 1_001]) : random.below(4);

  return Array.from({ length }, () => ({
    x: random.below(640),
    y: random.below(480),
    w: random.below(99),
    h: 1,
    label: 'dog',
  }));
}

/** A message in the form of the wire, as the guide has it. */
export function wireMessage(random: Random): Fields {
  switch (random.weighted({ event: 5, overlay: 3, telemetry: 3, custom: 2 })) {
    case 'event':
      return { type: 'event', ...BODIES.event(random) };
    case 'overlay':
      return { type: 'overlay', ...BODIES.overlay(random) };
    case 'telemetry':
      return { type: 'telemetry', ...BODIES.telemetry(random) };
    case 'custom':
      return { type: name(random), data: object(random) };
  }
}

/** JSON text of something, good in some of the cases, and more and more broken in the others. */
export function jsonOf(random: Random, good: Fields): Buffer {
  switch (random.weighted({ good: 4, fields: 6, text: 3, both: 2, bytes: 2, other: 1, huge: 0.03 })) {
    case 'good':
      return Buffer.from(JSON.stringify(good));
    case 'fields':
      return Buffer.from(JSON.stringify(mutateFields(random, good)));
    case 'text':
      return Buffer.from(mutateText(random, JSON.stringify(good)));
    case 'both':
      return Buffer.from(mutateText(random, JSON.stringify(mutateFields(random, good))));
    case 'bytes':
      return mutateBytes(random, Buffer.from(JSON.stringify(good)));
    case 'other':
      return Buffer.from(JSON.stringify(value(random)));
    case 'huge':
      return Buffer.from(
        JSON.stringify({ ...good, data: { text: 'x'.repeat(random.pick([100_000, 262_144, 400_000])) } }),
      );
  }
}
