import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** How often a shutdown looks whether all requests are answered, in ms. */
const POLL_MS = 10;

/**
 * Lets the requests in flight finish before anything else is taken down, so that what was accepted is delivered. Nest
 * itself would close the WebSockets first.
 */
@Injectable()
export class RequestDrain implements OnModuleInit {
  /** With gaps, which the next requests fill. */
  private readonly inFlight: (FastifyReply | undefined)[] = [];
  /** Where the gaps are. A set would hold on to requests that are over, by the tables that it has outgrown. */
  private readonly gaps: number[] = [];
  private draining = false;

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter?.getInstance<FastifyInstance>();
    // An application without HTTP has no requests.
    if (typeof fastify?.addHook !== 'function') return;

    fastify.addHook('onRequest', (_request, reply, done) => {
      const place = this.gaps.pop() ?? this.inFlight.length;
      this.inFlight[place] = reply;
      // Unlike Fastify's own hook this comes also when the client went away before the answer.
      reply.raw.once('close', () => {
        this.inFlight[place] = undefined;
        this.gaps.push(place);
      });
      done();
    });
    fastify.addHook('onSend', (_request, reply, payload, done) => {
      if (this.draining) reply.header('connection', 'close');
      done(null, payload);
    });
  }

  /** @param deadline when it gives up waiting, in ms of `performance.now` */
  async drain(deadline: number): Promise<void> {
    this.draining = true;
    // Takes no new connection, and closes those that have no request.
    (this.adapterHost.httpAdapter?.getHttpServer() as Server | undefined)?.close();

    while (this.inFlight.some((reply) => reply && isUnanswered(reply)) && performance.now() < deadline) {
      await delay(POLL_MS);
    }
  }
}

/** A response that someone took over is a stream: it is told what the last requests bring, and ends with the sockets. */
function isUnanswered({ sent, raw }: FastifyReply): boolean {
  return !sent || raw.writableEnded;
}
