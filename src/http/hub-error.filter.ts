import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type ErrorCode, errorBody, HubError } from '../protocol/errors.js';

/** Makes every error an answer `{statusCode, code, message, errors?}`. Unknown ones are logged and stay inside. */
@Catch()
export class HubErrorFilter implements ExceptionFilter {
  private readonly log = new Logger(HubErrorFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const body = errorBody(this.hubErrorFrom(error));

    void host.switchToHttp().getResponse<FastifyReply>().status(body.statusCode).send(body);
  }

  private hubErrorFrom(error: unknown): HubError {
    if (error instanceof HubError) return error;
    if (error instanceof HttpException && error.getStatus() < 500) {
      return new HubError(CODES[error.getStatus()] ?? 'BAD_REQUEST', lowerFirst(error.message), { cause: error });
    }

    this.log.error(error);
    return new HubError('INTERNAL', 'the hub could not handle this request', { cause: error });
  }
}

const CODES: Partial<Record<number, ErrorCode>> = {
  404: 'NOT_FOUND',
  413: 'MESSAGE_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
};

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
