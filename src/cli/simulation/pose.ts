import type { Box } from '../../protocol/messages.js';
import type { Dog } from './dog.js';
import { clamp, insidePicture, type Point, round, unitAt, visibleBox } from './geometry.js';

export interface Keypoint extends Point {
  name: string;
  /** 0..1 */
  confidence: number;
}

type Pair = readonly [number, number];

/**
 * Where each keypoint is when the dog stands, sits and lies: to the right and up from the middle of its feet, in heights
 * of its withers, facing right.
 */
const POSES = {
  nose: { stand: [1.02, 1.12], sit: [0.78, 1.42], lie: [0.98, 0.55] },
  left_ear: { stand: [0.72, 1.28], sit: [0.5, 1.58], lie: [0.7, 0.74] },
  right_ear: { stand: [0.66, 1.3], sit: [0.44, 1.6], lie: [0.64, 0.76] },
  neck: { stand: [0.6, 1.08], sit: [0.4, 1.32], lie: [0.56, 0.55] },
  withers: { stand: [0.42, 1], sit: [0.26, 1.12], lie: [0.34, 0.48] },
  tail_base: { stand: [-0.5, 0.96], sit: [-0.4, 0.14], lie: [-0.55, 0.2] },
  tail_tip: { stand: [-0.82, 1.18], sit: [-0.8, 0.06], lie: [-0.95, 0.08] },
  left_elbow: { stand: [0.44, 0.55], sit: [0.36, 0.58], lie: [0.45, 0.14] },
  left_front_paw: { stand: [0.46, 0], sit: [0.4, 0], lie: [0.82, 0.02] },
  right_elbow: { stand: [0.36, 0.55], sit: [0.28, 0.58], lie: [0.38, 0.14] },
  right_front_paw: { stand: [0.36, 0], sit: [0.3, 0], lie: [0.74, 0.02] },
  left_knee: { stand: [-0.4, 0.55], sit: [-0.08, 0.42], lie: [-0.3, 0.25] },
  left_hind_paw: { stand: [-0.5, 0], sit: [0.06, 0], lie: [-0.08, 0.02] },
  right_knee: { stand: [-0.46, 0.55], sit: [-0.16, 0.4], lie: [-0.36, 0.24] },
  right_hind_paw: { stand: [-0.58, 0], sit: [-0.04, 0], lie: [-0.16, 0.02] },
} as const satisfies Record<string, { stand: Pair; sit: Pair; lie: Pair }>;

type Name = keyof typeof POSES;
const NAMES = Object.keys(POSES) as Name[];

/** The lines between keypoints, by name. */
export const SKELETON: readonly (readonly [Name, Name])[] = [
  ['nose', 'neck'],
  ['left_ear', 'neck'],
  ['right_ear', 'neck'],
  ['neck', 'withers'],
  ['withers', 'tail_base'],
  ['tail_base', 'tail_tip'],
  ['withers', 'left_elbow'],
  ['left_elbow', 'left_front_paw'],
  ['withers', 'right_elbow'],
  ['right_elbow', 'right_front_paw'],
  ['tail_base', 'left_knee'],
  ['left_knee', 'left_hind_paw'],
  ['tail_base', 'right_knee'],
  ['right_knee', 'right_hind_paw'],
];

/** The leg of each moving joint: diagonal legs go together, as in a trot; an elbow or knee moves half as far as a paw. */
const LEGS: Partial<Record<Name, { offset: number; reach: number }>> = {
  left_front_paw: { offset: 0, reach: 1 },
  left_elbow: { offset: 0, reach: 0.5 },
  right_hind_paw: { offset: 0, reach: 1 },
  right_knee: { offset: 0, reach: 0.5 },
  right_front_paw: { offset: Math.PI, reach: 1 },
  right_elbow: { offset: Math.PI, reach: 0.5 },
  left_hind_paw: { offset: Math.PI, reach: 1 },
  left_knee: { offset: Math.PI, reach: 0.5 },
};

/** The dog's keypoints in the picture. @param time seconds, for breath and tail */
export function keypointsOf(dog: Dog, time: number): Keypoint[] {
  const unit = unitAt(dog.y);

  return NAMES.map((name, index) => {
    const { x, y } = jointAt(dog, name, time);
    const confidence = 0.88 + 0.08 * Math.sin(time * 0.7 + index) - (LEGS[name] ? 0.12 : 0);

    return {
      name,
      ...insidePicture({ x: dog.x + x * dog.facing * unit, y: dog.y - y * unit }),
      confidence: round(clamp(confidence, 0, 1), 2),
    };
  });
}

export function boxAround(keypoints: readonly Point[], unit: number): Box | undefined {
  const xs = keypoints.map(({ x }) => x);
  const ys = keypoints.map(({ y }) => y);
  const margin = 0.14 * unit;

  return visibleBox(
    Math.min(...xs) - margin,
    Math.min(...ys) - margin,
    Math.max(...xs) + margin,
    Math.max(...ys) + margin / 2,
  );
}

/** Relative to the feet, in heights of the withers, facing right. */
function jointAt(dog: Dog, name: Name, time: number): Point {
  const { stand, sit, lie } = POSES[name];
  const standing = 1 - dog.sitting - dog.lying;
  const point = {
    x: stand[0] * standing + sit[0] * dog.sitting + lie[0] * dog.lying,
    y: stand[1] * standing + sit[1] * dog.sitting + lie[1] * dog.lying,
  };

  const effort = clamp(dog.speed / (2 * unitAt(dog.y)), 0, 1);
  const leg = LEGS[name];
  if (leg) {
    point.x += Math.sin(dog.phase + leg.offset) * 0.3 * leg.reach * effort;
    point.y += Math.max(0, Math.cos(dog.phase + leg.offset)) * 0.16 * leg.reach * effort;
  } else {
    point.y += Math.sin(2 * dog.phase) * 0.03 * effort + Math.sin(time * 2.5) * 0.006;
  }
  if (name === 'tail_tip') point.y += Math.sin(time * 9) * 0.08 * standing;

  return point;
}
