import { isUtf8 } from 'node:buffer';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { HubError } from '../../protocol/errors.js';
import { Turns } from '../../hub/time-sliced-queue.js';
import { isLong } from '../server/sliced.js';
import { markInexactNumbers, strayWordIn } from './json-walk.js';

/** Most of the time that the parsing of long bodies may take. */
const SHARE = 1 / 3;

/** Such as `application/vnd.dog+json`. */
const JSON_TYPE = /^application\/[\w.!#$&^-]+\+json(?:$|[\s;])/;

/** A number of 16 digits may be beyond 2^53. */
const LONG_NUMBER = /[\s:,[-]\d{16}/;

/**
 * Takes JSON bodies and no others: a body of any other type is answered 415, one over `maxBytes` 413. Long ones are parsed in
 * turns, for a part of the time, so that a short one waits for one of them and not for all.
 */
export function useJsonBodies(app: NestFastifyApplication, maxBytes: number): void {
  const fastify = app.getHttpAdapter().getInstance();

  const turns = new Turns<() => void>((parse) => parse(), SHARE);
  fastify.removeAllContentTypeParsers();
  for (const type of ['application/json', JSON_TYPE]) {
    fastify.addContentTypeParser(type, { parseAs: 'buffer', bodyLimit: maxBytes }, (request, body, done) => {
      const parse = (): void => {
        let value: unknown;
        try {
          value = parseJson(plainBody(request, body as Buffer));
        } catch (error) {
          done(error as Error);
          return;
        }
        done(null, value);
      };

      if (isLong(body)) turns.add(parse);
      else parse();
    });
  }
}

/** @throws HubError `UNSUPPORTED_MEDIA_TYPE` for a body that is compressed */
function plainBody({ headers }: FastifyRequest, body: Buffer): Buffer {
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding === '' || encoding.toLowerCase() === 'identity') return body;

  const message = `content-encoding "${encoding.slice(0, 64)}" is not taken; send the body as it is`;
  throw new HubError('UNSUPPORTED_MEDIA_TYPE', message);
}

/**
 * The value of a JSON text in UTF-8, with or without a byte order mark. An integer that no JavaScript number holds exactly
 * comes as a bigint, which the rules then refuse with the name of its field.
 * @throws HubError `INVALID_JSON`
 */
export function parseJson(body: Buffer): unknown {
  // Otherwise each bad byte would silently become U+FFFD.
  if (!isUtf8(body)) throw new HubError('INVALID_JSON', 'body is not valid UTF-8');
  const decoded = body.toString('utf8');
  const text = decoded.charCodeAt(0) === 0xfeff ? decoded.slice(1) : decoded;

  let value: unknown;
  try {
    // A key named __proto__ becomes an own property here; the rule for `data` refuses it by name.
    value = JSON.parse(text);
  } catch (cause) {
    const message = text === '' ? 'body is empty' : `body is not valid JSON: ${faultOf(text, cause as SyntaxError)}`;
    throw new HubError('INVALID_JSON', message, { cause });
  }

  return LONG_NUMBER.test(text) ? markInexactNumbers(value, text) : value;
}

/** V8 says where only for some faults, and not for `NaN`. */
function faultOf(text: string, { message }: SyntaxError): string {
  const stray = strayWordIn(text);
  if (stray) return `unexpected "${stray.word}" at position ${stray.at}${stray.field && `, in ${stray.field}`}`;

  return message
    .replace(/, (?:\.\.\.)?"[^]*$/, '')
    .replace(/ \(line [^]*$/, '')
    .replace(' in JSON', '')
    .replace('of JSON input', 'of the body')
    .replace(/^./, (first) => first.toLowerCase());
}
