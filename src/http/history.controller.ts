import { Controller, Get, Header, Req, UseFilters } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { HubConfig } from '../config/hub-config.js';
import { Relay } from '../relay/relay.js';
import { historyPage } from '../hub/history.js';
import { parseHistoryQuery } from '../hub/history-query.js';
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
  @Header('content-type', 'application/json; charset=utf-8')
  history(@Req() request: FastifyRequest): string {
    const query = parseHistoryQuery(queryOf(request.raw.url));

    return historyPage(this.relay, query, this.config.historySize);
  }
}
