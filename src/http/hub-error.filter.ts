import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type ErrorBody, type ErrorCode, errorBody, HubError, retryAfterOf } from '../protocol/errors.js';

/** Makes every error an answer `{statusCode, code, message, errors?}`. Unknown ones are logged and stay inside. */
@Catch()
export class HubErrorFilter implements ExceptionFilter {
  private readonly log = new Logger(HubErrorFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const body = this.bodyOf(error);
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const retryAfter = retryAfterOf(body);
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter);

    void reply.status(body.statusCode).send(body);
  }

  private bodyOf(error: unknown): ErrorBody {
    if (error instanceof HubError) return errorBody(error);
    if (error instanceof HttpException) {
      const statusCode = error.getStatus();
      const code = CODES[statusCode] ?? (statusCode < 500 ? 'BAD_REQUEST' : 'INTERNAL');

      return { statusCode, code, message: lowerFirst(error.message) };
    }

    this.log.error(error);
    return errorBody(new HubError('INTERNAL', 'the hub could not handle this request', { cause: error }));
  }
}

const CODES: Partial<Record<number, ErrorCode>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  413: 'MESSAGE_TOO_LARGE',
  409: 'CONFLICT',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
};

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
