import type { OutgoingHttpHeaders } from 'node:http';
import { Controller, Get, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Hub } from '../hub/hub.js';
import { SseConnection } from '../connection/sse-connection.js';
import { RequestGate } from './server/request-gate.js';
import { parseSubscription, queryOf } from '../hub/subscription.js';
import { HubErrorFilter } from './hub-error.filter.js';

/** The stream of `/ws/ui` as Server-Sent Events, for `curl -N` and for networks that block WebSockets. */
@Controller('api/events')
@UseFilters(HubErrorFilter)
export class StreamController {
  constructor(
    private readonly hub: Hub,
    private readonly gate: RequestGate,
  ) {}

  @Get('stream')
  stream(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.hub.admit();
    const query = queryOf(request.raw.url);
    // A browser repeats the query when it reconnects, so the header is the newer of the two.
    const lastEventId = request.headers['last-event-id'];
    if (typeof lastEventId === 'string' && lastEventId !== '') query.set('since', lastEventId);
    const subscription = parseSubscription(query);

    reply.hijack();
    if (!this.gate.takeOver(request.raw)) return;
    const headers = reply.getHeaders() as OutgoingHttpHeaders;
    const connection = new SseConnection(request.raw, reply.raw, headers, this.hub.sendLimits);
    // The route answers HEAD as well, and that is all there is to say.
    if (request.method === 'HEAD') {
      reply.raw.end();
      return;
    }

    this.hub.join(connection, subscription);
  }
}
