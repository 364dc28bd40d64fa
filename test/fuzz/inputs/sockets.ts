import { type Wire, query } from './http.js';
import { jsonOf } from './bodies.js';
import { mutateBytes } from './mutate.js';
import type { Random } from './random.js';
import { nastyText, object, value } from './values.js';

const PARAMETERS = [
  'since',
  'epoch',
  'recent',
  'snapshot',
  'acks',
  'types',
  'event_types',
  'overlay_types',
  'sources',
  'token',
  'sinse',
];

/** A handshake, good or not, and sometimes frames right behind it. */
export function upgradeInput(random: Random): Wire {
  const path = random.weighted({ '/ws/ui': 12, '/ws/ui/': 1, '/ws': 1, '//ws/ui': 1, 'http://hub/ws/ui': 1, '*': 0.5 });
  const headers: Record<string, string | undefined> = {
    Host: 'hub',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
  };
  if (random.chance(0.5)) {
    const odd = random.pick([
      ...Object.keys(headers),
      'Origin',
      'Sec-WebSocket-Protocol',
      'Sec-WebSocket-Extensions',
      'Content-Length',
    ]);
    headers[odd] = random.chance(0.3) ? undefined : Buffer.from(oddHeader(random)).toString('latin1');
  }
  const lines = Object.entries(headers).flatMap(([name, text]) => (text === undefined ? [] : [`${name}: ${text}`]));
  const text = [
    `${random.chance(0.95) ? 'GET' : 'POST'} ${path}${query(random, PARAMETERS)} HTTP/1.1`,
    ...lines,
    '',
    '',
  ].join('\r\n');
  const bytes = Buffer.from(text, 'latin1');
  if (random.chance(0.15)) return { bytes: mutateBytes(random, bytes), ends: true };

  return { bytes: random.chance(0.2) ? Buffer.concat([bytes, frameInput(random).bytes]) : bytes, ends: true };
}

function oddHeader(random: Random): string {
  const usual = [
    'h2c',
    'Upgrade, keep-alive',
    '8',
    '0',
    'x',
    'permessage-deflate',
    'permessage-deflate; client_max_window_bits=99',
    'a,,b',
    '====',
  ];

  return random.chance(0.7) ? random.pick(usual) : nastyText(random);
}

/** What one open WebSocket sends: a frame or a few. */
export function frameInput(random: Random): Wire {
  switch (
    random.weighted({ message: 60, control: 12, fragments: 6, binary: 2, flood: 1, odd: 8, close: 2, bytes: 3 })
  ) {
    case 'message':
      return { bytes: frame(random, 1, message(random)), ends: false };
    case 'control':
      return { bytes: frame(random, random.pick([9, 10]), random.bytes(random.pick([0, 1, 8, 125]))), ends: false };
    case 'fragments':
      return { bytes: fragments(random), ends: false };
    case 'binary':
      return { bytes: frame(random, 2, random.bytes(random.below(64))), ends: false };
    case 'flood': {
      const one = frame(random, random.pick([1, 9]), random.pick([Buffer.from('{"type":"ping"}'), Buffer.alloc(2)]));
      return { bytes: Buffer.concat(Array<Buffer>(random.between(10, 60)).fill(one)), ends: false };
    }
    case 'odd':
      return { bytes: oddFrame(random), ends: true };
    case 'close':
      return { bytes: frame(random, 8, closePayload(random)), ends: true };
    case 'bytes':
      return { bytes: mutateBytes(random, frame(random, 1, message(random))), ends: true };
  }
}

function message(random: Random): Buffer {
  switch (random.weighted({ ping: 3, subscribe: 4, ack: 3, other: 2, any: 1, long: 0.1 })) {
    case 'ping':
      return jsonOf(random, { type: 'ping', data: {} });
    case 'subscribe':
      return jsonOf(random, { type: 'subscribe', data: filter(random) });
    case 'ack':
      return jsonOf(random, { type: 'ack', data: { received: random.pick([0, 1, 2, 1e9, 2 ** 53, -1, 0.5]) } });
    case 'other':
      return jsonOf(random, { type: nastyText(random), data: value(random) });
    case 'any':
      return Buffer.from(nastyText(random));
    case 'long':
      return Buffer.from(
        JSON.stringify({
          type: 'subscribe',
          data: Object.fromEntries(Array.from({ length: 1_200 }, (_, n) => [`f${n}`, 1])),
        }),
      );
  }
}

function filter(random: Random): Record<string, unknown> {
  const lists = { types: ['event'], event_types: ['sit', 'bark'], overlay_types: ['pose'], sources: ['cam-1'] };
  if (random.chance(0.3)) return object(random);

  return Object.fromEntries(Object.entries(lists).filter(() => random.chance(0.4)));
}

/** One text message in several frames, with control frames between. */
function fragments(random: Random): Buffer {
  const payload = message(random);
  const parts = random.chance(0.3) ? payload.length : random.between(2, 5);
  const size = Math.max(1, Math.ceil(Math.min(payload.length, 200) / Math.max(1, parts)));
  const cuts = Array.from({ length: Math.ceil(payload.length / size) || 1 }, (_, n) =>
    payload.subarray(n * size, (n + 1) * size),
  );

  return Buffer.concat(
    cuts.flatMap((cut, n) => [
      frame(random, n === 0 ? 1 : 0, cut, n === cuts.length - 1),
      ...(random.chance(0.1) ? [frame(random, 9, Buffer.from('in between'))] : []),
    ]),
  );
}

/** Frames that break RFC 6455, or a limit. */
function oddFrame(random: Random): Buffer {
  const payload = message(random);

  switch (random.below(9)) {
    case 0:
      return frame(random, random.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), payload);
    case 1:
      return frame(random, 1, payload, true, { rsv: random.between(1, 7) });
    case 2:
      return frame(random, 1, payload, true, { isMasked: false });
    case 3:
      return frame(random, random.pick([8, 9, 10]), Buffer.alloc(126));
    case 4:
      return frame(random, random.pick([8, 9, 10]), payload.subarray(0, 100), false);
    case 5:
      return frame(random, 0, payload);
    case 6:
      return Buffer.concat([frame(random, 1, payload, false), frame(random, 1, payload)]);
    case 7:
      return frame(random, 1, random.bytes(40));
    default:
      return frame(random, 1, payload, true, {
        length: random.pick([16_385, 70_000, 2 ** 31, 2 ** 32 + 5, 2 ** 53, 2 ** 60]),
      });
  }
}

function closePayload(random: Random): Buffer {
  if (random.chance(0.2)) return random.bytes(random.pick([0, 1, 2, 3, 125]));
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(
    random.pick([0, 999, 1000, 1001, 1004, 1005, 1006, 1009, 1015, 2999, 3000, 4000, 4999, 5000, 65_535]),
  );

  return Buffer.concat([payload, Buffer.from(nastyText(random)).subarray(0, 120)]);
}

interface Odd {
  rsv?: number;
  isMasked?: boolean;
  /** What the frame says of its length, in bytes. */
  length?: number;
}

/** A frame of a client. */
export function frame(
  random: Random,
  opcode: number,
  payload: Buffer,
  isFinal = true,
  { rsv = 0, isMasked = true, length }: Odd = {},
): Buffer {
  const said = length ?? payload.length;
  const head = said < 126 ? Buffer.alloc(2) : said < 65_536 ? Buffer.alloc(4) : Buffer.alloc(10);
  head[0] = (isFinal ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (isMasked ? 0x80 : 0) | (head.length === 2 ? said : head.length === 4 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(said, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(said), 2);
  if (!isMasked) return Buffer.concat([head, payload]);

  const mask = random.bytes(4);
  return Buffer.concat([head, mask, payload.map((byte, n) => byte ^ (mask[n % 4] as number))]);
}
