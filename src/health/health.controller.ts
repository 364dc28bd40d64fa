import {
  Controller,
  Get,
  HttpStatus,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  Query,
  Res,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { badRequest } from '../protocol/errors.js';
import { Relay, type RelayState } from '../relay/relay.js';

/** What `GET /health/ready` answers. */
export interface Readiness {
  /**
   * - `ok`: in step with the other instances
   * - `degraded`: it serves its own clients, and the others hear it later
   * - `starting`, `draining`: it serves nobody yet, or takes nobody more
   */
  status: 'ok' | 'degraded' | 'starting' | 'draining';
  relay: { state: RelayState };
}

const SHARED_RULE = { field: 'shared', rule: 'flag', message: 'shared must be 0 or 1' };

/** For an orchestrator's probes. */
@Controller('health')
export class HealthController implements OnApplicationBootstrap, OnModuleDestroy {
  private phase: 'starting' | 'serving' | 'draining' = 'starting';

  constructor(private readonly relay: Relay) {}

  onApplicationBootstrap(): void {
    this.phase = 'serving';
  }

  onModuleDestroy(): void {
    this.phase = 'draining';
  }

  /** Whether this process serves at all. Depends on nothing else: a restart would not mend what is outside. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /**
   * 200 while this instance can serve its own clients, else 503. Without its Redis it can: if that took it out of a
   * balancer, a Redis that is away would take out all instances. With `shared=1`: 200 only while it is in step.
   * @throws HubError `BAD_REQUEST` for another `shared` than 0 or 1
   */
  @Get('ready')
  ready(@Query('shared') shared: unknown, @Res({ passthrough: true }) reply: FastifyReply): Readiness {
    if (shared !== undefined && shared !== '0' && shared !== '1') throw badRequest([SHARED_RULE]);
    const status = this.status();
    const isReady = status === 'ok' || (status === 'degraded' && shared !== '1');

    if (!isReady) void reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return { status, relay: { state: this.relay.state } };
  }

  private status(): Readiness['status'] {
    if (this.phase === 'draining') return 'draining';
    if (this.phase === 'starting' || !this.relay.isStarted) return 'starting';

    return this.relay.isInStep ? 'ok' : 'degraded';
  }
}
