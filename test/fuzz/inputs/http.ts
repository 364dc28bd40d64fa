import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { BODIES, BODY_KINDS, jsonOf } from './bodies.js';
import { mutateBytes } from './mutate.js';
import type { Random } from './random.js';
import { nastyText, object } from './values.js';

/** Bytes for a TCP connection. `ends`: nothing can follow on that connection, since who reads cannot know where it ends. */
export interface Wire {
  bytes: Buffer;
  ends: boolean;
}

const BROADCAST = '/api/events/broadcast';
const PATHS = {
  event: BROADCAST,
  action: `${BROADCAST}/action`,
  overlay: `${BROADCAST}/overlay`,
  telemetry: `${BROADCAST}/telemetry`,
} as const;
const GETS = [
  ...[
    '/api/events',
    '/api/events',
    '/api/events',
    '/api/connections',
    '/health/live',
    '/health/ready',
    '/metrics',
    '/',
  ],
  ...[
    '/ws/ui',
    '/docs',
    '/openapi.json',
    '/favicon.ico',
    '/api',
    '/api/events/',
    '/api//events',
    '/API/EVENTS',
    '/..%2f',
    '/%',
  ],
];
const METHODS = ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'POST', 'TRACE', 'PROPFIND'];
const QUERY = [
  'since',
  'before',
  'limit',
  'event_type',
  'source',
  'epoch',
  'recent',
  'snapshot',
  'types',
  'acks',
  'sources',
];

export function httpInput(random: Random): Wire {
  switch (
    random.weighted({
      post: 40,
      get: 16,
      batch: 4,
      method: 4,
      headers: 14,
      stream: 4,
      framing: 7,
      bytes: 7,
      cut: 3,
      many: 3,
    })
  ) {
    case 'post':
      return whole(post(random));
    case 'get':
      return whole(head('GET', `${random.pick(GETS)}${query(random)}`));
    case 'batch':
      return whole(post(random, `${BROADCAST}/batch`, batch(random)));
    case 'method':
      return whole(head(random.pick(METHODS), random.pick([...GETS, ...Object.values(PATHS)]), ['Content-Length: 0']));
    case 'headers':
      return { bytes: odd(random), ends: true };
    case 'stream':
      return { bytes: stream(random), ends: true };
    case 'framing':
      return { bytes: framing(random), ends: true };
    case 'bytes':
      return { bytes: mutateBytes(random, post(random)), ends: true };
    case 'cut': {
      const bytes = post(random);
      return { bytes: bytes.subarray(0, random.below(bytes.length)), ends: true };
    }
    case 'many':
      return { bytes: Buffer.concat(Array.from({ length: random.between(2, 20) }, () => post(random))), ends: true };
  }
}

function whole(bytes: Buffer): Wire {
  return { bytes, ends: false };
}

/** `name=value` pairs that fit the parameters of some route, or hardly. */
export function query(random: Random, names: readonly string[] = QUERY): string {
  const pairs = Array.from({ length: random.below(4) }, () => {
    const text = random.chance(0.5)
      ? random.pick(['1', '0', '10', '@TOP@', 'sit', 'event,overlay', 'detection'])
      : nastyText(random);
    return new URLSearchParams({ [random.pick(names)]: text }).toString();
  });

  return pairs.length > 0 ? `?${pairs.join(random.pick(['&', '&', '&', ';', '&&', '?']))}` : '';
}

function head(method: string, target: string, headers: readonly string[] = []): Buffer {
  return Buffer.from([`${method} ${target} HTTP/1.1`, 'Host: hub', ...headers, '', ''].join('\r\n'), 'latin1');
}

function post(random: Random, path?: string, given?: Buffer): Buffer {
  const kind = random.pick(BODY_KINDS);
  const body = given ?? jsonOf(random, BODIES[kind](random));
  const key = random.chance(0.05) ? [`Idempotency-Key: key-${random.below(50)}`] : [];
  const headers = ['Content-Type: application/json', `Content-Length: ${body.length}`, ...key];

  return Buffer.concat([
    head('POST', path ?? PATHS[random.chance(0.95) ? kind : random.pick(BODY_KINDS)], headers),
    body,
  ]);
}

function batch(random: Random): Buffer {
  const items = Array.from({ length: random.between(0, 8) }, () => {
    const kind = random.pick(BODY_KINDS);
    return { type: kind, ...BODIES[kind](random) };
  });
  if (random.chance(0.3)) return jsonOf(random, object(random));

  return Buffer.from(`[${items.map((item) => jsonOf(random, item).toString()).join()}]`);
}

/** Whole requests with headers that mean something else than usual. */
function odd(random: Random): Buffer {
  const body = jsonOf(random, BODIES.event(random));
  const length = `Content-Length: ${body.length}`;
  const type = 'Content-Type: application/json';
  const sent = (headers: string[], bytes = body): Buffer => Buffer.concat([head('POST', BROADCAST, headers), bytes]);

  switch (random.below(12)) {
    case 0:
      return sent([
        `Content-Type: ${random.pick(['text/plain', 'application/xml', 'application/json; charset=latin1', '', '*/*'])}`,
        length,
      ]);
    case 1: {
      const packed = random.pick([gzipSync, deflateSync, brotliCompressSync])(body);
      return sent(
        [
          type,
          `Content-Encoding: ${random.pick(['gzip', 'deflate', 'br', 'zstd', 'identity'])}`,
          `Content-Length: ${packed.length}`,
        ],
        packed,
      );
    }
    case 2:
      return sent([type, length, `Idempotency-Key: ${latin(nastyText(random))}`]);
    case 3:
      return sent([type, length, `Expect: ${random.pick(['100-continue', '200-maybe', ''])}`]);
    case 4:
      return sent([
        type,
        length,
        'Connection: Upgrade, HTTP2-Settings',
        `Upgrade: ${random.pick(['h2c', 'websocket', 'tls/1.0', ''])}`,
      ]);
    case 5:
      return sent([type, length, ...Array.from({ length: random.pick([50, 300, 2_100]) }, (_, n) => `X-${n}: y`)]);
    case 6:
      return sent([type, length, `X-Long: ${'y'.repeat(random.pick([8_000, 17_000, 70_000]))}`]);
    case 7:
      return sent([type, length, `Origin: ${latin(nastyText(random))}`, `Host: ${latin(nastyText(random))}`]);
    case 8:
      return head('GET', `/${'a'.repeat(random.pick([2_000, 16_000, 70_000]))}`);
    case 9:
      return head('GET', latin(`/${nastyText(random)}`));
    case 10:
      return sent([type, length, latin(`${nastyText(random)}: ${nastyText(random)}`)]);
    default:
      return Buffer.from(
        `${random.pick(['GET', 'get', 'POST', '', 'PRI'])} ${random.pick(['/', '*', 'http://x/', ''])} HTTP/${random.pick(['1.0', '2.0', '0.9', '9.9', ''])}\r\n\r\n`,
      );
  }
}

/** What says where a body ends, said wrongly. */
function framing(random: Random): Buffer {
  const body = jsonOf(random, BODIES.event(random));
  const type = 'Content-Type: application/json';
  const chunk = (size: string): string => `${size}\r\n${body.toString('latin1')}\r\n0\r\n\r\n`;
  const sent = (headers: string[], text: string): Buffer =>
    Buffer.concat([head('POST', BROADCAST, [type, ...headers]), Buffer.from(text, 'latin1')]);
  const text = body.toString('latin1');
  const hex = body.length.toString(16);

  switch (random.below(8)) {
    case 0:
      return sent(
        [`Content-Length: ${random.pick(['-1', '1e3', '0', '99999999999', `${body.length}, ${body.length}`, 'x'])}`],
        text,
      );
    case 1:
      return sent(['Transfer-Encoding: chunked'], chunk(hex));
    case 2:
      return sent(
        ['Transfer-Encoding: chunked'],
        chunk(random.pick(['-1', 'ffffffff', '0', 'g', `${hex};x=y`, `0x${hex}`, '00000000000000001'])),
      );
    case 3:
      return sent(['Transfer-Encoding: chunked', `Content-Length: ${body.length}`], chunk(hex));
    case 4:
      return sent(
        [`Transfer-Encoding: ${random.pick(['gzip', 'chunked, chunked', 'identity', '\tchunked', 'xchunked'])}`],
        chunk(hex),
      );
    case 5:
      return sent([`Content-Length: ${body.length}`, `Content-Length: ${body.length + 1}`], text);
    case 6:
      return sent(
        ['Transfer-Encoding: chunked'],
        [...text.slice(0, 300)].map((sign) => `1\r\n${sign}\r\n`).join('') + '0\r\nX: y\r\n\r\n',
      );
    default:
      return sent([`Content-Length: ${Math.max(0, body.length - 3)}`], text);
  }
}

function stream(random: Random): Buffer {
  const last = random.chance(0.4) ? [`Last-Event-ID: ${latin(nastyText(random))}`] : [];

  return head(random.chance(0.9) ? 'GET' : 'HEAD', `/api/events/stream${query(random)}`, last);
}

/** As bytes of a header, which may hold line breaks all the same. */
function latin(text: string): string {
  return Buffer.from(text).toString('latin1');
}
