import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable, Logger } from '@nestjs/common';
import type { RedisContext } from '@nestjs/microservices';
import { EMPTY, type Observable } from 'rxjs';
import { EventsService } from '../events/events.service.js';
import { HubError } from '../protocol/errors.js';

/** Nobody waits for an answer to an event, so a bad one is counted, and told in the log. */
@Catch()
@Injectable()
export class RpcErrorFilter implements ExceptionFilter {
  private readonly log = new Logger('Microservice');

  constructor(private readonly events: EventsService) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> {
    const channel = host.switchToRpc().getContext<RedisContext>().getChannel();
    if (error instanceof HubError) {
      this.events.skip(error.code === 'MESSAGE_TOO_LARGE' ? 'size' : 'rules', `${channel}: ${error.message}`);
    } else {
      this.log.error(error);
    }

    return EMPTY;
  }
}
