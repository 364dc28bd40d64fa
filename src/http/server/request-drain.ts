import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { RequestGate } from './request-gate.js';
import { isLong, sliced } from './sliced.js';

/** How often a shutdown looks whether all requests are answered, in ms. */
const POLL_MS = 10;

/**
 * Lets the requests in flight finish before anything else is taken down, so that what was accepted is delivered. Nest
 * itself would close the WebSockets first.
 */
@Injectable()
export class RequestDrain implements OnModuleInit {
  private draining = false;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly gate: RequestGate,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter?.getInstance<FastifyInstance>();
    // An application without HTTP has no requests.
    if (typeof fastify?.addHook !== 'function') return;

    fastify.addHook('onSend', (_request, reply, payload, done) => {
      if (this.draining) reply.header('connection', 'close');
      if (!isLong(payload)) {
        done(null, payload);
        return;
      }

      reply.header('content-length', Buffer.byteLength(payload));
      done(null, sliced([payload]));
    });
  }

  /** @param deadline when it gives up waiting, in ms of `performance.now` */
  async drain(deadline: number): Promise<void> {
    this.draining = true;
    this.gate.close();
    // Takes no new connection, and closes those that have no request.
    this.server?.close();

    await this.answered(deadline);
  }

  /** Waits on for those that `drain` gave up, and cuts off who would hold up the end of the HTTP server for ever. */
  async end(deadline: number): Promise<void> {
    await this.answered(deadline);
    // Node alone knows those that have sent nothing yet.
    if (this.gate.cutIdle()) this.server?.closeAllConnections();
  }

  private get server(): Server | undefined {
    return this.adapterHost.httpAdapter?.getHttpServer() as Server | undefined;
  }

  private async answered(deadline: number): Promise<void> {
    while (this.gate.isAnswering && performance.now() < deadline) await delay(POLL_MS);
  }
}
