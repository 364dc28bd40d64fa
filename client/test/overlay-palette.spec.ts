import { describe, expect, it } from '@jest/globals';
import { colorOf, COLORS } from '../src/overlay/palette.js';

type Triple = readonly [number, number, number];

/** Linear red, green and blue as each kind of eye sees them. Source: Machado, Oliveira and Fernandes, 2009, severity 1. */
const SIGHTS: Record<string, readonly Triple[]> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function linear(color: string): Triple {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => parseInt(color.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));

  return [red, green, blue];
}

function dot(row: Triple, color: Triple): number {
  return row[0] * color[0] + row[1] * color[1] + row[2] * color[2];
}

/** CIE L*a*b*, of light D65. */
function lab(color: Triple): Triple {
  const root = (t: number): number => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = root(dot([0.4124, 0.3576, 0.1805], color) / 0.9505);
  const y = root(dot([0.2126, 0.7152, 0.0722], color));
  const z = root(dot([0.0193, 0.1192, 0.9505], color) / 1.089);

  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function seen(color: string, sight: readonly Triple[]): Triple {
  const [red = 0, green = 0, blue = 0] = sight.map((row) => Math.min(1, Math.max(0, dot(row, linear(color)))));

  return lab([red, green, blue]);
}

describe('the colours of labels', () => {
  it.each(Object.entries(SIGHTS))('stay apart with %s', (_name, sight) => {
    const pairs = COLORS.flatMap((one, i) => COLORS.slice(i + 1).map((other) => [one, other] as const));
    const distances = pairs.map(([one, other]) => {
      const [a, b] = [seen(one, sight), seen(other, sight)];

      return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
    });

    expect(Math.min(...distances)).toBeGreaterThan(25);
  });

  it('carry dark writing with the contrast that WCAG 2 asks of text', () => {
    const luminance = (color: string): number => dot([0.2126, 0.7152, 0.0722], linear(color));
    const contrasts = COLORS.map((color) => (luminance(color) + 0.05) / (luminance('#090d18') + 0.05));

    expect(Math.min(...contrasts)).toBeGreaterThan(4.5);
  });

  it('are one for each label, and others for others, while there are any', () => {
    const labels = ['dog', 'person', 'ball', 'leash', 'bowl', 'constructor', '__proto__', 'cat'];
    const colors = labels.map((label) => colorOf(label));

    expect(new Set(colors).size).toBe(labels.length);
    expect(labels.map((label) => colorOf(label))).toEqual(colors);
    expect(COLORS).toContain(colorOf('one more'));
  });
});
