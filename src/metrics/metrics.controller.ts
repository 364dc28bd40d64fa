import { Controller, Get, Header } from '@nestjs/common';
import { prometheusContentType } from 'prom-client';
import { Presence, Relay } from '../relay/relay.js';
import { HubMetrics } from './hub-metrics.js';
import { Observed } from './observed.js';
import { processMetrics } from './process-metrics.js';

/** For Prometheus. Counts only: no address, no name that a client or producer chose. */
@Controller('metrics')
export class MetricsController {
  private readonly hub = new HubMetrics();

  constructor(
    private readonly observed: Observed,
    private readonly relay: Relay,
    private readonly presence: Presence,
  ) {}

  @Get()
  @Header('content-type', prometheusContentType)
  async metrics(): Promise<string> {
    const process = await processMetrics();

    return `${await this.hub.text(this.observed.look(), this.relay, this.presence)}\n${process}`;
  }
}
