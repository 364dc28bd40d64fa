import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Relay, type RelayState } from '../relay/relay.js';

/** What `GET /health/ready` answers. */
export interface Readiness {
  /** `degraded`: it serves its own clients, and the other instances do not hear it. */
  status: 'ok' | 'degraded';
  relay: { state: RelayState };
}

/** For an orchestrator's probes. */
@Controller('health')
export class HealthController {
  constructor(private readonly relay: Relay) {}

  /** Whether this process serves at all. Depends on nothing else: a restart would not mend what is outside. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** 200 while this instance is in step with all others, else 503: new clients are better off elsewhere. */
  @Get('ready')
  ready(@Res({ passthrough: true }) reply: FastifyReply): Readiness {
    const { state } = this.relay;
    if (state === 'memory' || state === 'shared') return { status: 'ok', relay: { state } };

    void reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return { status: 'degraded', relay: { state } };
  }
}
