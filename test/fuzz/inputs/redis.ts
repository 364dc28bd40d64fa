import { BODIES, type BodyKind, jsonOf, wireMessage } from './bodies.js';
import { mutateBytes, mutateFields } from './mutate.js';
import type { Random } from './random.js';
import { name, nastyText, number, object, value } from './values.js';

/** A command of Redis: its name and its arguments. */
export type Command = readonly [string, ...(string | Buffer)[]];

const PREFIX = 'dogmonitor';
const KEY = `{${PREFIX}}`;

/** What anybody may publish on the channels that the instances listen to. */
export function channelInput(random: Random): Command {
  const channel = random.weighted({ events: 60, adopted: 12, sends: 12, lives: 2, probe: 8, other: 2 });

  switch (channel) {
    case 'events':
    case 'adopted':
      return ['PUBLISH', `${PREFIX}:${channel}`, broadcast(random)];
    case 'sends':
      return [
        'PUBLISH',
        `${PREFIX}:sends`,
        jsonOf(random, { to: random.pick(['@CONNECTION@', name(random)]), message: wireMessage(random) }),
      ];
    case 'lives':
      return ['PUBLISH', `${PREFIX}:lives`, random.pick(['@LIFE@', nastyText(random), name(random)])];
    case 'probe':
      return [
        'PUBLISH',
        random.pick(['@PROBE@', `${PREFIX}:probe:x`]),
        random.chance(0.5) ? nastyText(random) : random.bytes(16),
      ];
    case 'other':
      return ['PUBLISH', `${PREFIX}:${nastyText(random)}`, broadcast(random)];
  }
}

/** A message of the wire, alone or with the fields that the instances add for each other. */
function broadcast(random: Random): Buffer {
  const message = wireMessage(random);

  switch (random.weighted({ guide: 5, latest: 4, logged: 3, both: 1, reserved: 1, bytes: 1, any: 1 })) {
    case 'guide':
      return jsonOf(random, message);
    case 'latest':
      return withEnd(random, message, {
        origin: origin(random),
        at: random.pick([number(random), '@NOW@', '@NOW@', '999999999999999']),
      });
    case 'logged':
      return withEnd(random, { ...message, id: name(random) }, logged(random));
    case 'both':
      return withEnd(random, message, { ...logged(random), origin: origin(random), at: '@NOW@' });
    case 'reserved':
      return jsonOf(random, { type: random.pick(['connection', 'pong', 'error', 'ack']), data: object(random) });
    case 'bytes':
      return mutateBytes(random, Buffer.from(JSON.stringify(message)));
    case 'any':
      return random.chance(0.5) ? random.bytes(random.below(80)) : Buffer.from(JSON.stringify(value(random)) ?? '');
  }
}

function origin(random: Random): unknown {
  return random.pick(['"@ORIGIN@"', '"x"', JSON.stringify(nastyText(random)), '1', '{"toString":1}']);
}

function logged(random: Random): Record<string, unknown> {
  return {
    offset: offset(random),
    prev: offset(random),
    log: random.pick(['"@LIFE@"', '"@LIFE@"', '"x"', JSON.stringify(nastyText(random))]),
  };
}

/** Offsets as JSON text. */
function offset(random: Random): string {
  const usual = [
    '"@TOP@"',
    '"@NOW@-0"',
    '"@FUTURE@-0"',
    '"0-0"',
    '"1-1"',
    '{"toString":1}',
    '5',
    'null',
    '["1-0"]',
    '"1-0\\n\\ndata: x"',
  ];

  return random.chance(0.85) ? random.pick(usual) : JSON.stringify(nastyText(random));
}

/** The fields at the end, in text, as the instances write them; broken in some of the cases. */
function withEnd(random: Random, message: Record<string, unknown>, end: Record<string, unknown>): Buffer {
  const body = JSON.stringify(random.chance(0.5) ? message : mutateFields(random, message));
  const fields = Object.entries(end).map(([key, text]) => `,"${key}":${String(text)}`);
  const bytes = Buffer.from(`${body.slice(0, -1)}${fields.join('')}}`);

  return random.chance(0.15) ? mutateBytes(random, bytes) : bytes;
}

/** An entry that no instance wrote, in the log that all of them read. */
export function streamInput(random: Random): Command {
  const json = random.chance(0.7) ? jsonOf(random, { ...wireMessage(random), id: name(random) }) : broadcast(random);
  const fields = random.weighted({ usual: 8, other: 1, swapped: 1, one: 1, more: 1 });
  const id = random.weighted({
    '*': 12,
    '@NOW@-9': 3,
    '@FUTURE@-0': 1,
    '1-1': 1,
    '18446744073709551615-18446744073709551615': 0.1,
  });
  const own = `fuzz-${random.below(1e9)}`;

  switch (fields) {
    case 'usual':
      return ['XADD', `${KEY}:log`, id, 'id', random.chance(0.8) ? own : nastyText(random), 'json', json];
    case 'swapped':
      return ['XADD', `${KEY}:log`, id, 'json', json, 'id', own];
    case 'one':
      return ['XADD', `${KEY}:log`, id, random.pick(['id', 'json', 'x']), json];
    case 'more':
      return ['XADD', `${KEY}:log`, id, 'id', own, 'json', json, nastyText(random), nastyText(random)];
    case 'other':
      return ['XADD', `${KEY}:log`, id, nastyText(random), random.bytes(8), nastyText(random), json];
  }
}

/** What the instances keep beside the log. */
export function hashInput(random: Random): Command {
  const odd = (): string => random.pick([nastyText(random), number(random), '@NOW@', '@FUTURE@', '@LIFE@']);

  switch (random.weighted({ instances: 8, field: 2, meta: 1, ids: 2, key: 2 })) {
    case 'instances':
      return ['HSET', `${KEY}:instances`, name(random), random.chance(0.5) ? odd() : `${odd()}:${odd()}:${odd()}`];
    case 'field':
      return ['HSET', `${KEY}:meta`, `${name(random)}-x`, odd()];
    case 'meta':
      return ['HSET', `${KEY}:meta`, random.pick(['@META@', 'life', 'run', 'settle_until']), odd()];
    case 'ids':
      return ['ZADD', `${KEY}:ids`, random.pick(['0', '-1', '1e300', 'inf', '@NOW@']), nastyText(random)];
    case 'key':
      return ['SET', `${KEY}:key:${nastyText(random)}`, odd(), 'PX', '1000'];
  }
}

/** What another Nest service sends. */
export function patternInput(random: Random): Command {
  const pattern = random.pick(['broadcast', 'action', 'overlay', 'telemetry', 'dog-detection', 'connections'] as const);
  const channel = `${PREFIX}.${pattern}`;
  const data =
    pattern === 'dog-detection' || pattern === 'connections' ? detection(random) : BODIES[KINDS[pattern]](random);

  switch (random.weighted({ packet: 6, bare: 2, request: 2, other: 1, bytes: 1 })) {
    case 'packet':
      return ['PUBLISH', channel, jsonOf(random, { pattern: channel, data })];
    case 'bare':
      return ['PUBLISH', channel, jsonOf(random, data)];
    case 'request':
      return ['PUBLISH', channel, jsonOf(random, { pattern: channel, data, id: name(random) })];
    case 'other':
      return [
        'PUBLISH',
        channel,
        JSON.stringify({
          pattern: random.pick([nastyText(random), value(random)]),
          data: value(random),
          id: value(random),
        }),
      ];
    case 'bytes':
      return [
        'PUBLISH',
        channel,
        random.chance(0.5) ? random.bytes(20) : mutateBytes(random, Buffer.from(JSON.stringify(data))),
      ];
  }
}

const KINDS = {
  broadcast: 'event',
  action: 'action',
  overlay: 'overlay',
  telemetry: 'telemetry',
} as const satisfies Record<string, BodyKind>;

function detection(random: Random): Record<string, unknown> {
  return { box: { x: 1, y: 2, w: random.below(99), h: 4 }, confidence: random.below(11) / 10 };
}
