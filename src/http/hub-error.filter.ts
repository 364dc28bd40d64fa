import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorBody, type ErrorCode, errorBody, HubError, retryAfterOf } from '../protocol/errors.js';
import { KnownPaths } from './server/known-paths.js';

/** Most characters of what a client sent that an answer repeats. */
const MAX_QUOTED = 256;

/** Makes every error an answer `{statusCode, code, message, errors?, more?}`. Unknown ones are logged and stay inside. */
@Catch()
export class HubErrorFilter implements ExceptionFilter {
  private readonly log = new Logger(HubErrorFilter.name);

  constructor(private readonly paths: KnownPaths) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    // The client has gone, or the gate has answered in its place; there is nobody to tell.
    if (request.raw.destroyed && !request.raw.complete) return void reply.hijack();

    const body = this.bodyOf(error, request);
    if (body.code === 'METHOD_NOT_ALLOWED') {
      reply.header('allow', this.paths.methodsOf(request.raw.url ?? ''));
      if (request.method === 'OPTIONS') return void reply.status(204).send();
    }
    if (body.code === 'UNSUPPORTED_MEDIA_TYPE') reply.header('accept-encoding', 'identity');
    const retryAfter = retryAfterOf(body);
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
    void reply.status(body.statusCode).send(body);
  }

  private bodyOf(error: unknown, request: FastifyRequest): ErrorBody {
    if (error instanceof HubError) return errorBody(error);
    if (error instanceof HttpException) return this.refusalOf(error, request);

    this.log.error(error);
    return errorBody(new HubError('INTERNAL', 'the hub could not handle this request', { cause: error }));
  }

  /** What Nest, Fastify or a guard refuses. */
  private refusalOf(error: HttpException, { method, raw, headers }: FastifyRequest): ErrorBody {
    const url = raw.url ?? '';
    const shown = `${method} ${url.slice(0, MAX_QUOTED)}`;

    switch (error.getStatus()) {
      case 404: {
        const methods = this.paths.methodsOf(url);
        return errorBody(
          methods === undefined
            ? new HubError('NOT_FOUND', `cannot ${shown}`)
            : new HubError('METHOD_NOT_ALLOWED', `cannot ${shown}; it takes ${methods}`),
        );
      }
      case 415: {
        const type = headers['content-type'];
        const found = type === undefined ? 'there is none' : `it is "${type.slice(0, MAX_QUOTED)}"`;
        return errorBody(new HubError('UNSUPPORTED_MEDIA_TYPE', `content-type must be application/json; ${found}`));
      }
      default: {
        const statusCode = error.getStatus();
        const code = CODES[statusCode] ?? (statusCode < 500 ? 'BAD_REQUEST' : 'INTERNAL');
        return { statusCode, code, message: lowerFirst(error.message) };
      }
    }
  }
}

const CODES: Partial<Record<number, ErrorCode>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  413: 'MESSAGE_TOO_LARGE',
  414: 'URI_TOO_LONG',
  409: 'CONFLICT',
  429: 'RATE_LIMITED',
};

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
