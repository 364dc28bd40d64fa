import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { type HttpServer, Inject, Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import type { MessageMappingProperties } from '@nestjs/websockets';
import type { FastifyInstance } from 'fastify';
import { firstValueFrom, isObservable, type Observable } from 'rxjs';
import type { RawData, WebSocket, WebSocketServer } from 'ws';
import { HubConfig } from '../config/hub-config.js';
import { WebSocketConnection } from '../connection/websocket-connection.js';
import { Hub } from '../hub/hub.js';
import { parseSubscription, pathOf, queryOf } from '../hub/subscription.js';
import { Turns } from '../hub/time-sliced-queue.js';
import { parseClientMessage } from '../protocol/client-message.js';
import { HubError } from '../protocol/errors.js';
import { refuseUpgrade } from './refuse-upgrade.js';
import { createWebSocketServer } from './websocket-server.js';
import { errorMessageFrom } from './ws-error.filter.js';

/** The token of the path of our gateway. */
export const SOCKET_PATH = Symbol('path of the WebSocket endpoint');

/** Nest's number for the port that HTTP listens on. */
const HTTP_PORT = 0;

interface Upgrade {
  request: IncomingMessage;
  socket: Socket;
  head: Buffer;
}

type Transform = (data: unknown) => Observable<unknown>;

const ignore = (): void => undefined;

/**
 * WebSockets on the HTTP port. Our gateway's path is answered where the stock adapter is silent or abrupt: a refused
 * upgrade gets an HTTP status, a bad frame an error frame, and a shutdown closes with a code. What Nest calls the client
 * is a `WebSocketConnection` there; what it asked for in the query comes beside it. Every other gateway has the stock
 * behaviour.
 */
@Injectable()
export class HubWsAdapter extends WsAdapter {
  private readonly log = new Logger(HubWsAdapter.name);
  private readonly upgrades = new Turns<Upgrade>((upgrade) => this.handleUpgrade(upgrade));
  private endpoint: WebSocketServer | undefined;

  constructor(
    { httpAdapter }: HttpAdapterHost,
    private readonly hub: Hub,
    private readonly config: HubConfig,
    @Inject(SOCKET_PATH) private readonly path: string,
  ) {
    super(serverOf(httpAdapter));
  }

  override create(port: number, options: { path?: string } = {}): unknown {
    if (port !== HTTP_PORT || options.path !== this.path) return super.create(port, options);

    this.ensureHttpServerExists(port, this.httpServer as Server);
    this.hub.limit.guard(this.httpServer as Server);
    this.endpoint = createWebSocketServer(this.config.maxClientFrameBytes);

    return this.endpoint;
  }

  override bindMessageHandlers(
    client: WebSocket | WebSocketConnection,
    handlers: MessageMappingProperties[],
    transform: Transform,
  ): void {
    if (!(client instanceof WebSocketConnection)) {
      super.bindMessageHandlers(client, handlers, transform);
      return;
    }

    client.onFrame((data, isBinary) => {
      // One that was told to close is answered nothing more.
      if (!client.isOpen) return;
      client.charge((data as Buffer).length);
      void this.answer(client, handlers, data, isBinary);
    });
  }

  override bindClientDisconnect(client: WebSocket | WebSocketConnection, callback: () => void): void {
    if (client instanceof WebSocketConnection) client.onClose(callback);
    else super.bindClientDisconnect(client, callback);
  }

  /** Our clients are closed by then, with a code. */
  override async close(server: unknown): Promise<void> {
    if (server !== this.endpoint) await super.close(server);
  }

  override async dispose(): Promise<void> {
    (this.httpServer as Server | undefined)?.off('upgrade', this.onUpgrade);
    await super.dispose();
  }

  /** On the HTTP port, one listener tells our path from those of the other gateways. */
  protected override ensureHttpServerExists(port: number, httpServer?: Server): Server | undefined {
    if (port !== HTTP_PORT || !httpServer) return super.ensureHttpServerExists(port, httpServer);
    if (this.httpServersRegistry.has(port)) return undefined;

    this.httpServersRegistry.set(port, httpServer);
    httpServer.on('upgrade', this.onUpgrade);

    return httpServer;
  }

  private readonly onUpgrade = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    // Nobody else listens until it is this client's turn, and an error that nobody hears would end the process.
    socket.on('error', ignore);
    const target = request.url ?? '';
    const path = pathOf(target) === this.path ? this.path : pathnameOf(target, this.path);
    if (path === this.path) {
      this.upgrades.add({ request, socket, head });
      return;
    }

    const server = this.stockServers.find((stock) => stock.path === path);
    if (server) server.handleUpgrade(request, socket, head, (client) => server.emit('connection', client, request));
    // Another listener of the application may know this path.
    else if ((this.httpServer as Server).listenerCount('upgrade') === 1) this.refuse(socket, this.noEndpoint(path));
  };

  private get stockServers(): readonly (WebSocketServer & { path: string })[] {
    return (this.wsServersRegistry.get(HTTP_PORT) ?? []) as (WebSocketServer & { path: string })[];
  }

  private noEndpoint(path: string | undefined): HubError {
    if (path === undefined) return new HubError('BAD_REQUEST', 'the request target is not a URL');
    const paths = [this.path, ...this.stockServers.map((stock) => stock.path)];

    return new HubError('NOT_FOUND', `no WebSocket endpoint here; it is ${paths.join(', ')}`);
  }

  private handleUpgrade(upgrade: Upgrade): void {
    const { socket } = upgrade;
    if (socket.destroyed) return;

    try {
      this.upgrade(upgrade);
    } catch (error) {
      this.refuse(socket, error);
    }
  }

  private refuse(socket: Socket, error: unknown): void {
    if (error instanceof HubError) return refuseUpgrade(socket, error);

    this.log.error(error);
    refuseUpgrade(socket, new HubError('INTERNAL', 'the hub could not handle this upgrade'));
  }

  /** @throws HubError for what is answered over HTTP instead */
  private upgrade({ request, socket, head }: Upgrade): void {
    const { endpoint } = this;
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      throw new HubError('BAD_REQUEST', 'the only upgrade is "websocket"; leave the header out for plain HTTP');
    }

    this.hub.admit();
    const subscription = parseSubscription(queryOf(request.url));
    // The handshake and the greeting go in one call to the kernel.
    socket.cork();
    endpoint?.handleUpgrade(request, socket, head, (webSocket) => {
      const connection = new WebSocketConnection(webSocket, socket, {
        ...this.hub.sendLimits,
        acks: subscription.acks,
      });
      endpoint.emit('connection', connection, subscription);
    });
    socket.uncork();
  }

  /** Every frame of a client gets its answer or its error; none is dropped silently. */
  private async answer(
    connection: WebSocketConnection,
    handlers: readonly MessageMappingProperties[],
    data: RawData,
    isBinary: boolean,
  ): Promise<void> {
    try {
      if (isBinary) throw new HubError('BINARY_FRAME', 'frame must be text that holds JSON, not binary');
      const { type, data: payload } = parseClientMessage((data as Buffer).toString());
      const handler = handlers.find(({ message }) => message === type);
      if (!handler) {
        const known = handlers.map(({ message }) => String(message)).join(', ');
        throw new HubError('UNKNOWN_TYPE', `type must be one of ${known}`);
      }

      const answer = await settled(await (handler.callback(payload) as Promise<unknown>));
      if (answer === undefined) return;
      this.hub.flush(connection);
      connection.send(answer);
    } catch (error) {
      connection.send(errorMessageFrom(error, this.log));
    }
  }
}

/**
 * The server that upgrades come to; none where the application has no HTTP.
 * @throws Error under a platform that the hub cannot use
 */
function serverOf(adapter: HttpServer | undefined): Server | undefined {
  if (adapter?.getType() === 'express') {
    throw new Error(
      'the hub needs Fastify: NestFactory.create(AppModule, new FastifyAdapter()) of @nestjs/platform-fastify',
    );
  }

  return (adapter?.getInstance() as FastifyInstance | undefined)?.server;
}

/** An interceptor makes an observable of every answer. */
async function settled(answer: unknown): Promise<unknown> {
  if (!isObservable(answer)) return answer;
  const last: Observable<unknown> = answer;

  return firstValueFrom(last, { defaultValue: undefined });
}

/**
 * For a target that is no bare path; `undefined` for what is no target at all. As for every route, a slash at the end and
 * slashes in a row make no other path.
 */
function pathnameOf(target: string, ours: string): string | undefined {
  const clean = target.replace(/^\/{2,}/, '/');
  if (!URL.canParse(clean, 'ws://hub')) return undefined;
  const { pathname } = new URL(clean, 'ws://hub');

  return pathname.replace(/\/{2,}/g, '/').replace(/\/$/, '') === ours ? ours : pathname;
}
