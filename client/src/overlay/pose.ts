import type { Shape } from './shapes.js';
import { confidenceOf, fieldsOf, itemsOf, pointOf, type Point } from './sound.js';

const MAX_KEYPOINTS = 500;
const MAX_BONES = 1_000;

/** Left and right are told apart on the animal, not in the picture: which leg is in front matters in a gait. */
const LEFT = '#56b4e9';
const RIGHT = '#ffb000';
const MIDDLE = '#f4f6fb';

interface Joint extends Point {
  name: string;
  confidence: number;
}

/** `keypoints`, and the bones of `skeleton` between them: pairs of names, or of places in `keypoints`. */
export const drawPose: Shape = (pen, data, minConfidence) => {
  const { ctx } = pen;
  // A map and not an object: a joint may be named `constructor`.
  const joints = new Map<unknown, Joint>();

  itemsOf(data['keypoints'], MAX_KEYPOINTS).forEach((item, place) => {
    const fields = fieldsOf(item);
    const point = pointOf(item);
    const confidence = confidenceOf(fields['confidence']);
    if (!point || confidence < minConfidence) return;

    const name = typeof fields['name'] === 'string' ? fields['name'] : '';
    const joint = { ...pen.picture.at(point), name, confidence };
    joints.set(place, joint);
    if (name !== '') joints.set(name, joint);
  });

  for (const item of itemsOf(data['skeleton'], MAX_BONES)) {
    const [from, to] = itemsOf(item, 2).map((end) => joints.get(end));
    if (!from || !to) continue;

    ctx.beginPath();
    ctx.moveTo(from.x, from.y);
    ctx.lineTo(to.x, to.y);
    pen.fade(Math.min(from.confidence, to.confidence));
    pen.stroke(sideOf(from) === MIDDLE ? sideOf(to) : sideOf(from));
  }

  const all = new Set(joints.values());
  for (const joint of all) {
    ctx.beginPath();
    ctx.arc(joint.x, joint.y, 1.4 * pen.lineWidth, 0, 2 * Math.PI);
    pen.fade(joint.confidence);
    pen.stroke(sideOf(joint), 1);
    ctx.fillStyle = sideOf(joint);
    ctx.fill();
  }

  return all.size;
};

function sideOf({ name }: Joint): string {
  if (/^(left|l)[_ -]/i.test(name)) return LEFT;

  return /^(right|r)[_ -]/i.test(name) ? RIGHT : MIDDLE;
}
