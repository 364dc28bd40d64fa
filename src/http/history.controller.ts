import { Controller, Get, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HubConfig } from '../config/hub-config.js';
import { Relay } from '../relay/relay.js';
import { historyPage } from '../hub/history.js';
import { type HistoryQuery, parseHistoryQuery } from '../hub/history-query.js';
import { sliced, turns } from './server/sliced.js';
import { queryOf } from '../hub/subscription.js';
import { HubErrorFilter } from './hub-error.filter.js';

/** The log over plain HTTP. */
@Controller('api/events')
@UseFilters(HubErrorFilter)
export class HistoryController {
  constructor(
    private readonly relay: Relay,
    private readonly config: HubConfig,
  ) {}

  @Get()
  history(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const query = parseHistoryQuery(queryOf(request.raw.url));

    turns.add(() => this.answer(reply, query));
  }

  private answer(reply: FastifyReply, query: HistoryQuery): void {
    if (reply.raw.destroyed) return;
    const parts = historyPage(this.relay, query, this.config.historySize);

    reply.header('content-type', 'application/json; charset=utf-8');
    reply.header(
      'content-length',
      parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0),
    );
    void reply.send(sliced(parts));
  }
}
