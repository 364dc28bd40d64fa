import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { HubConfig } from '../../config/hub-config.js';
import { endWith, rawAnswer } from '../../connection/raw-answer.js';
import { reset } from '../../connection/reset.js';
import { errorBody, HubError } from '../../protocol/errors.js';
import { MAX_PIPELINED_REQUESTS } from '../../protocol/limits.js';
import { type ClientError, hubErrorFromClient } from './client-error.js';
import { connectionOf, createConnection, type Exchange, type HttpConnection } from './http-connection.js';
import { Refusals } from './refusals.js';

/** How often a stalled answer is looked for, in parts of its time. */
const CHECKS = 4;

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Stands between Node's server and Fastify. It lets through one request at a time for each connection: the next is begun
 * when the socket has taken the answer before it, so a client that reads nothing makes the hub hold one answer. One that
 * takes nothing for `REQUEST_TIMEOUT_MS` is cut off.
 */
@Injectable()
export class RequestGate implements OnModuleInit, OnModuleDestroy {
  private readonly connections = new Set<HttpConnection>();
  private handle: Handler = () => undefined;
  private timer: NodeJS.Timeout | undefined;
  private isClosing = false;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly config: HubConfig,
    private readonly refusals: Refusals,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter?.getInstance<FastifyInstance | undefined>();
    // An application without HTTP has no requests.
    if (typeof fastify?.addHook !== 'function') return;

    const { server } = fastify;
    this.handle = server.listeners('request')[0] as Handler;
    server.removeAllListeners('request').on('request', this.onRequest);
    // An expectation that is not known may be ignored; Node would answer without a body. Source: RFC 9110 section 10.1.1.
    server.on('checkExpectation', this.onRequest);
    server.removeAllListeners('clientError').on('clientError', this.onClientError);
  }

  onModuleDestroy(): void {
    clearTimeout(this.timer);
  }

  /** Whether a request waits for its answer, or for the rest of it; a stream that waits for its source does not. */
  get isAnswering(): boolean {
    for (const { socket, current, isTaken } of this.connections) {
      if (!current || isTaken) continue;
      const { response } = current;
      const isPartial = response.headersSent && !response.writableEnded;
      // An answer of a known length is made as its reader takes it.
      if (!isPartial || socket.writableLength > 0 || response.hasHeader('content-length')) return true;
    }

    return false;
  }

  /** From now on a connection ends with its answer. Node would keep it open for its next request. */
  close(): void {
    this.isClosing = true;
  }

  /**
   * Cuts off those that keep us waiting: they send no request, or half of one, or do not take their answer. Returns
   * whether none is left; an answer that its handler has not made yet is.
   */
  cutIdle(): boolean {
    let isEmpty = true;

    for (const { socket, current } of this.connections) {
      if (current?.request.complete && socket.writableLength === 0) isEmpty = false;
      else socket.destroy();
    }

    return isEmpty;
  }

  /** How many answers wait for their clients to read them; not counting streams. */
  get unreadAnswers(): number {
    let count = 0;
    for (const { current, isTaken } of this.connections) {
      if (!isTaken && current && current.response.writableLength > 0) count++;
    }

    return count;
  }

  /**
   * The answer to this request is a stream, so nothing behind it will ever be answered. Returns `false` where something is
   * there already; the connection is closed then.
   */
  takeOver({ socket }: IncomingMessage): boolean {
    const connection = connectionOf(socket);
    if (!connection) return true;

    connection.isTaken = true;
    if (connection.waiting.length > 0) this.cut(connection, 'pipelined');

    return !socket.destroyed;
  }

  private readonly onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    const connection = connectionOf(socket) ?? this.add(socket);
    connection.readBefore = socket.bytesRead;

    if (!connection.current) this.begin(connection, { request, response });
    else if (!socket.destroyed) this.wait(connection, { request, response });
  };

  private add(socket: Socket): HttpConnection {
    const connection = createConnection(socket);
    this.connections.add(connection);
    socket.once('close', () => {
      this.connections.delete(connection);
      connection.waiting.length = 0;
    });

    return connection;
  }

  private begin(connection: HttpConnection, exchange: Exchange): void {
    const { request, response } = exchange;
    connection.current = exchange;
    connection.taken = -1;
    this.watch();
    response.on('close', () => this.answered(connection, exchange));

    if (request.headers.host === undefined && request.httpVersionMinor > 0) {
      refuse(response, new HubError('BAD_REQUEST', 'the header Host is missing'));
      return;
    }
    this.handle(request, response);
  }

  private wait(connection: HttpConnection, exchange: Exchange): void {
    const { waiting, socket, isTaken } = connection;
    if (isTaken || waiting.length >= MAX_PIPELINED_REQUESTS) {
      this.cut(connection, 'pipelined');
      return;
    }

    waiting.push(exchange);
    if (connection.isPausing) return;

    // What is in this chunk still comes; what follows stays with the client.
    connection.isPausing = true;
    setImmediate(() => {
      connection.isPausing = false;
      if (waiting.length > 0) socket.pause();
    });
  }

  /** The socket has taken the answer, or never will. */
  private answered(connection: HttpConnection, { request, response }: Exchange): void {
    const { socket, waiting, lastWord } = connection;
    connection.current = undefined;
    connection.isMidBody = !request.complete;
    if (response.statusCode >= 400) this.refusals.count(String(response.statusCode));
    // An answer that was the last has ended the socket, and nothing behind it was begun.
    if (socket.destroyed || !socket.writable) return;

    const next = waiting.shift();
    if (waiting.length === 0) socket.resume();
    if (next) this.begin(connection, next);
    else if (lastWord !== undefined) endWith(socket, lastWord);
    else if (this.isClosing) socket.end();
  }

  private readonly onClientError = (error: ClientError, socket: Socket): void => {
    const connection = connectionOf(socket);
    if (socket.writableEnded || connection?.lastWord !== undefined) return;
    if (error.code === 'ECONNRESET' || !socket.writable || !canAnswer(connection)) {
      socket.destroy();
      return;
    }

    const isFirstPacket = socket.bytesRead - (connection?.readBefore ?? 0) === error.rawPacket?.length;
    const refusal = hubErrorFromClient(error, isFirstPacket);
    const { statusCode } = errorBody(refusal);
    this.refusals.count(statusCode === 408 ? 'timeout' : String(statusCode));
    // The answers to what came before go first.
    if (connection?.current?.request.complete) connection.lastWord = rawAnswer(refusal);
    else endWith(socket, rawAnswer(refusal));
  };

  private readonly cutStalled = (): void => {
    const now = performance.now();
    let isAnswering = false;

    for (const connection of this.connections) {
      const { socket, current, isTaken, taken, takenAt } = connection;
      if (!current || isTaken) continue;
      isAnswering = true;
      // An answer that is still to come is not the client's fault.
      connection.taken = socket.writableLength === 0 ? -1 : socket.bytesWritten - socket.writableLength;
      if (connection.taken < 0 || connection.taken !== taken) connection.takenAt = now;
      else if (now - takenAt >= this.config.requestTimeoutMs) this.cut(connection, 'stalled');
    }

    this.timer = undefined;
    // A hub that answers nobody has nothing to look for.
    if (isAnswering) this.watch();
  };

  private watch(): void {
    this.timer ??= setTimeout(this.cutStalled, Math.min(1_000, this.config.requestTimeoutMs / CHECKS)).unref();
  }

  private cut({ socket, waiting }: HttpConnection, reason: 'pipelined' | 'stalled'): void {
    this.refusals.count(reason);
    waiting.length = 0;
    // What the kernel holds for this client goes too.
    reset(socket);
  }
}

/** Not while an answer to this very request has begun: the bytes would be a part of it. */
function canAnswer(connection: HttpConnection | undefined): boolean {
  if (!connection) return true;
  const { current, isMidBody, isTaken } = connection;

  return !isTaken && (current ? current.request.complete || !current.response.headersSent : !isMidBody);
}

function refuse(response: ServerResponse, error: HubError): void {
  const body = errorBody(error);
  const json = JSON.stringify(body);

  response.writeHead(body.statusCode, {
    connection: 'close',
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(json),
  });
  response.end(json);
}
