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
  const channel = random.weighted({ events: 60, adopted: 12, sends: 12, epochs: 2, probe: 8, other: 2 });

  switch (channel) {
    case 'events':
    case 'adopted':
      return ['PUBLISH', `${PREFIX}:${channel}`, broadcast(random, channel)];
    case 'sends':
      return [
        'PUBLISH',
        `${PREFIX}:sends`,
        jsonOf(random, { to: random.pick(['@CONNECTION@', name(random)]), message: wireMessage(random) }),
      ];
    case 'epochs':
      return ['PUBLISH', `${PREFIX}:epochs`, random.pick(['@EPOCH@', '@TOKEN@', nastyText(random), name(random)])];
    case 'probe':
      return [
        'PUBLISH',
        random.pick(['@PROBE@', `${PREFIX}:probe:x`]),
        random.chance(0.5) ? nastyText(random) : random.bytes(16),
      ];
    case 'other':
      return ['PUBLISH', `${PREFIX}:${nastyText(random)}`, broadcast(random, channel)];
  }
}

/** A message of the wire, alone or with the fields that the instances add for each other. */
function broadcast(random: Random, place: string): Buffer {
  const message = wireMessage(random);

  switch (random.weighted({ guide: 5, latest: 4, logged: 3, both: 1, signed: 3, reserved: 1, bytes: 1, any: 1 })) {
    case 'guide':
      return jsonOf(random, message);
    case 'latest':
      return withEnd(random, message, {
        origin: origin(random),
        at: random.pick([number(random), '@NOW@', '@NOW@', '999999999999999']),
        ...(random.chance(0.5) && { log: log(random) }),
      });
    case 'logged':
      return withEnd(random, { ...message, id: name(random) }, logged(random));
    case 'both':
      return withEnd(random, message, { ...logged(random), origin: origin(random), at: '@NOW@' });
    case 'signed':
      return signed(random, place);
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
    log: log(random),
    ...(random.chance(0.3) && { sign: random.pick(['""', '"x"', `"${'a'.repeat(40)}"`, '1']) }),
  };
}

function log(random: Random): string {
  return random.pick(['"@EPOCH@"', '"@EPOCH@"', '"x"', JSON.stringify(nastyText(random))]);
}

/**
 * What looks to the last sign as if a hub had sent it, and may reach nobody: a message once more, one that was changed, one
 * with a place in the log and no signature or a wrong one, and one that somebody has signed who knows the secret, at a
 * place that has passed by.
 */
function signed(random: Random, place: string): Buffer {
  const passed = random.pick(['0-0', '1-1', '@TOP@']);
  const anywhere = random.pick([passed, '@NOW@-0', '@NOW@-999', '@FUTURE@-0', '999999999999999-0']);
  const prev = random.pick(['0-0', '@TOP@', '@NOW@-0', '@FUTURE@-0']);
  const withPlace = (offset: string, sign: string): string =>
    `{"type":"event","event_type":"forged","data":{},"id":"forged","offset":"${offset}","prev":"${prev}","log":"@EPOCH@"${sign}}`;

  switch (random.weighted({ again: 2, tampered: 2, unsigned: 1, wrong: 2, insider: 2 })) {
    case 'again':
      // Whoever listens on the channel of the guide would hear it once more.
      return Buffer.from(place === 'events' ? '@TAMPERED@' : '@HEARD@');
    case 'tampered':
      return Buffer.from('@TAMPERED@');
    case 'unsigned':
      return Buffer.from(withPlace(anywhere, ''));
    case 'wrong':
      return Buffer.from(withPlace(anywhere, `,"sign":"${random.bytes(20).toString('hex')}"`));
    case 'insider':
      return Buffer.from(withPlace(passed, ',"sign":"@SIGN@"'));
  }
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
  const json = random.chance(0.7)
    ? jsonOf(random, { ...wireMessage(random), id: name(random) })
    : broadcast(random, 'log');
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
  const odd = (): string =>
    random.pick([nastyText(random), number(random), '@NOW@', '@FUTURE@', '@EPOCH@', '@TOKEN@', '0-0', '@TOP@']);
  const field = ['@META@', 'epoch', 'run', 'begun', 'past', 'settle_until', 'floor', 'wiped', 'last', 'count'];

  switch (random.weighted({ instances: 8, field: 2, meta: 4, ids: 2, key: 2 })) {
    case 'instances':
      return ['HSET', `${KEY}:instances`, name(random), random.chance(0.5) ? odd() : `${odd()}:${odd()}:${odd()}`];
    case 'field':
      return ['HSET', `${KEY}:meta`, `${name(random)}-x`, odd()];
    case 'meta':
      return ['HSET', `${KEY}:meta`, random.pick(field), random.chance(0.6) ? odd() : record(random)];
    case 'ids':
      return ['ZADD', `${KEY}:ids`, random.pick(['0', '-1', '1e300', 'inf', '@NOW@']), nastyText(random)];
    case 'key':
      return ['SET', `${KEY}:key:${nastyText(random)}`, odd(), 'PX', '1000'];
  }
}

/** Of the form that hubs write: another epoch, a past, an offset. */
function record(random: Random): string {
  const place = (): string => random.pick(['0-0', '1-1', '@TOP@', '@NOW@-0', '@FUTURE@-0', '99999999999999-0']);

  return random.pick([place(), `${name(random)}:${place()}:${place()}`, `epoch-${random.below(99)}.secret`]);
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
