import { isUtf8 } from 'node:buffer';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { HubError } from '../protocol/errors.js';

/** Takes JSON bodies and no others: a body of any other type is answered 415, one over `maxBytes` 413. */
export function useJsonBodies(app: NestFastifyApplication, maxBytes: number): void {
  const fastify = app.getHttpAdapter().getInstance();

  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: maxBytes },
    (_request, body, done) => {
      try {
        done(null, parseJson(body as Buffer));
      } catch (error) {
        done(error as Error);
      }
    },
  );
}

/** @throws HubError `INVALID_JSON` */
export function parseJson(body: Buffer): unknown {
  // Otherwise each bad byte would silently become U+FFFD.
  if (!isUtf8(body)) throw new HubError('INVALID_JSON', 'body is not valid UTF-8');

  try {
    // A key named __proto__ becomes an own property here; the rule for `data` refuses it by name.
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new HubError('INVALID_JSON', body.length === 0 ? 'body is empty' : 'body is not valid JSON', { cause });
  }
}
