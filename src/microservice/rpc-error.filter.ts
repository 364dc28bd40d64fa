import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { RedisContext } from '@nestjs/microservices';
import { EMPTY, type Observable } from 'rxjs';
import { HubError } from '../protocol/errors.js';

/** Nobody waits for an answer to an event, so a bad one is told in the log. */
@Catch()
export class RpcErrorFilter implements ExceptionFilter {
  private readonly log = new Logger('Microservice');

  catch(error: unknown, host: ArgumentsHost): Observable<never> {
    const channel = host.switchToRpc().getContext<RedisContext>().getChannel();
    if (error instanceof HubError) this.log.warn(`${channel}: ${error.message}`);
    else this.log.error(error);

    return EMPTY;
  }
}
