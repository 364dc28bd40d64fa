import type { OutgoingHttpHeaders } from 'node:http';
import { Controller, Get, type OnModuleDestroy, type OnModuleInit, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HubConfig } from '../config/hub-config.js';
import { Hub } from './hub.js';
import { SseConnection } from './sse-connection.js';
import { parseSubscription, queryOf } from './subscription.js';

/** How often an idle stream shows that it lives, in ms: proxies cut what is silent for 30 to 60 s. */
const HEARTBEAT_MS = 15_000;

/** The stream of `/ws/ui` as Server-Sent Events, for `curl -N` and for networks that block WebSockets. */
@Controller('api/events')
export class StreamController implements OnModuleInit, OnModuleDestroy {
  private readonly streams = new Set<SseConnection>();
  private heartbeat: NodeJS.Timeout | undefined;

  constructor(
    private readonly hub: Hub,
    private readonly config: HubConfig,
  ) {}

  onModuleInit(): void {
    this.heartbeat = setInterval(() => this.streams.forEach((stream) => stream.beat()), HEARTBEAT_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.heartbeat);
  }

  @Get('stream')
  stream(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.hub.refuseWhenClosing();
    const query = queryOf(request.raw.url);
    // A browser repeats the query when it reconnects, so the header is the newer of the two.
    const lastEventId = request.headers['last-event-id'];
    if (typeof lastEventId === 'string' && lastEventId !== '') query.set('since', lastEventId);
    const subscription = parseSubscription(query);

    reply.hijack();
    const headers = reply.getHeaders() as OutgoingHttpHeaders;
    const connection = new SseConnection(request.raw, reply.raw, headers, this.config.maxQueueBytes);
    // The route answers HEAD as well, and that is all there is to say.
    if (request.method === 'HEAD') {
      reply.raw.end();
      return;
    }

    this.streams.add(connection);
    connection.onClose(() => this.streams.delete(connection));
    this.hub.join(connection, subscription);
  }
}
