import type { Random } from './random.js';

/**
 * Stand for what only a run knows; the sender puts it in. So an input is the same for the same seed, and still names the
 * log, the newest offset and a connection of the hub that it meets. `@TOKEN@` is the name of the epoch with its secret,
 * `@SIGN@` what a hub would sign with; `@HEARD@` is the last message of a hub on the channel, `@TAMPERED@` the same, changed.
 */
export const PLACEHOLDERS = [
  '@TOP@',
  '@NOW@',
  '@FUTURE@',
  '@EPOCH@',
  '@TOKEN@',
  '@ORIGIN@',
  '@PROBE@',
  '@CONNECTION@',
  '@META@',
  '@HEARD@',
  '@TAMPERED@',
  '@SIGN@',
] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

const NAMES = ['sit', 'bark', 'dog_detected', 'test_event', 'x', 'cam-1', 'cam-2', 'kitchen', 'ünï', '狗', 'a.b/c'];

const NASTY = [
  ...['', ' ', '\0', '\n', 'a\nb', 'x\r\ndata: {"type":"connection"}\n\n', '\u001b[31m', '\u0085', '\u009b2J'],
  ...['\u2028', '\u202e', '\ud800', '\udc00x', '\ufeff', '\uffff', '🐕', 'e\u0301', ',', 'a,b', 'x y', '*', '?', '[a'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', 'length', '#', '@1'],
  ...['undefined', 'null', 'NaN', 'true', '0', '-1', '42', '1e999', '0-0', '1-1', '999999999999999-0', '@TOP@'],
  ...['@NOW@-0', '@FUTURE@-0', '99999999999999999999-1', '1-', '-', '1761301800000', '+', '$', '%00', '%', '../..'],
  ...['connection', 'ping', 'pong', 'error', 'subscribe', 'ack', 'overlay', 'telemetry', 'event', 'custom'],
];

/** Numbers as text: not all of them survive a parser. */
const NUMBERS = [
  ...[
    '0',
    '-0',
    '1',
    '-1',
    '0.5',
    '1.0000000000000001',
    '1e3',
    '1e-320',
    '1e308',
    '1e309',
    '-1e999',
    '9007199254740993',
  ],
  ...[
    '18446744073709551616',
    `1${'0'.repeat(400)}`,
    `0.${'1'.repeat(300)}`,
    '01',
    '.5',
    '1.',
    '+1',
    '0x10',
    'NaN',
    'Infinity',
  ],
];

export function name(random: Random): string {
  return random.chance(0.9) ? random.pick(NAMES) : `${random.pick(NAMES)}${random.below(200)}`;
}

export function nastyText(random: Random): string {
  const text = random.pick(NASTY);
  if (random.chance(0.04)) return text.repeat(random.between(2, 400)) || 'long'.repeat(random.between(10, 300));

  return random.chance(0.3) ? `${text}${random.pick(NASTY)}` : text;
}

export function number(random: Random): string {
  return random.pick(NUMBERS);
}

/** Any value that JSON can hold, a few levels deep. */
export function value(random: Random, depth = 0): unknown {
  const kind = random.weighted({
    text: 4,
    nasty: 4,
    number: 4,
    word: 3,
    array: depth < 4 ? 2 : 0,
    object: depth < 4 ? 3 : 0,
  });

  switch (kind) {
    case 'text':
      return name(random);
    case 'nasty':
      return nastyText(random);
    case 'number':
      return random.pick([0, -0, 1, -1, 0.5, 1e308, 2 ** 53 + 2, 5e-324, random.between(-1e9, 1e9)]);
    case 'word':
      return random.pick([true, false, null]);
    case 'array':
      return Array.from({ length: random.below(5) }, () => value(random, depth + 1));
    case 'object':
      return object(random, depth + 1);
  }
}

export function object(random: Random, depth = 0): Record<string, unknown> {
  const keys = Array.from({ length: random.below(5) }, () => (random.chance(0.8) ? name(random) : nastyText(random)));

  // As entries, so that a key named __proto__ is a key.
  return Object.fromEntries(keys.map((key) => [key, value(random, depth)]));
}
