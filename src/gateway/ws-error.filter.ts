import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { HubError } from '../protocol/errors.js';
import type { ErrorMessage } from '../protocol/messages.js';
import type { Connection } from '../connection/connection.js';

/** What a client is told of an error: all of a `HubError`, nothing of any other, which is logged instead. */
export function errorMessageFrom(error: unknown, log: Logger): ErrorMessage {
  if (error instanceof HubError) {
    const { code, message, violations } = error;

    return { type: 'error', data: { code, message, ...(violations.length > 0 && { errors: violations }) } };
  }

  log.error(error);
  return { type: 'error', data: { code: 'INTERNAL', message: 'the hub could not handle this frame' } };
}

/** Answers what a gateway's handler throws with an error frame. */
@Catch()
export class WsErrorFilter implements ExceptionFilter {
  private readonly log = new Logger(WsErrorFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    host.switchToWs().getClient<Connection>().send(errorMessageFrom(error, this.log));
  }
}
