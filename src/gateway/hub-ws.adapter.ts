import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { type INestApplicationContext, Logger, type WsMessageHandler } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { type RawData, WebSocketServer } from 'ws';
import { HubConfig } from '../config/hub-config.js';
import { parseClientMessage } from '../protocol/client-message.js';
import { HubError } from '../protocol/errors.js';
import { errorMessageFrom } from './ws-error.filter.js';
import { Hub } from '../hub/hub.js';
import { refuseUpgrade } from './refuse-upgrade.js';
import { parseSubscription, pathOf, queryOf } from '../hub/subscription.js';
import { Turns } from '../hub/time-sliced-queue.js';
import { WebSocketConnection } from '../connection/websocket-connection.js';

interface Upgrade {
  request: IncomingMessage;
  socket: Socket;
  head: Buffer;
}

const ignore = (): void => undefined;

/**
 * WebSockets on the HTTP port. Where the stock adapter is silent or abrupt, this one answers: a refused upgrade gets an
 * HTTP status, a bad frame an error frame, and a shutdown closes with a code. What Nest calls the client is a
 * `WebSocketConnection`; what it asked for in the query comes beside it.
 */
export class HubWsAdapter extends WsAdapter {
  private readonly log = new Logger(HubWsAdapter.name);
  private readonly servers = new Map<string, WebSocketServer>();
  private readonly upgrades = new Turns<Upgrade>((upgrade) => this.handleUpgrade(upgrade));
  private readonly config: HubConfig;
  private readonly hub: Hub;

  constructor(app: INestApplicationContext) {
    super(app);
    this.config = app.get(HubConfig);
    this.hub = app.get(Hub);
  }

  override create(_port: number, { path }: { path: string }): WebSocketServer {
    if (this.servers.size === 0) this.server.on('upgrade', this.onUpgrade);

    const server = new WebSocketServer({
      noServer: true,
      maxPayload: this.config.maxClientFrameBytes,
      // The hub knows who is here.
      clientTracking: false,
      // 54-60 us a delivery and 270 KB a connection where a client negotiates it, and `Connection` relies on it.
      perMessageDeflate: false,
    });
    this.servers.set(path, server);

    return server;
  }

  override bindMessageHandlers(connection: WebSocketConnection, handlers: WsMessageHandler<string>[]): void {
    connection.onFrame((data, isBinary) => void this.answer(connection, handlers, data, isBinary));
  }

  /** Nothing to do: the hub hears of the end by itself. */
  override bindClientDisconnect(): void {}

  /** Takes no new connection, and closes those that are there, by whatever transport. */
  override async close(): Promise<void> {
    this.server.off('upgrade', this.onUpgrade);
    await this.hub.close();
  }

  private get server(): Server {
    return this.httpServer as Server;
  }

  private readonly onUpgrade = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    // Nobody else listens until it is this client's turn, and an error that nobody hears would end the process.
    socket.on('error', ignore);
    this.upgrades.add({ request, socket, head });
  };

  private handleUpgrade(upgrade: Upgrade): void {
    const { socket } = upgrade;
    if (socket.destroyed) return;

    try {
      this.upgrade(upgrade);
    } catch (error) {
      if (error instanceof HubError) return refuseUpgrade(socket, error);
      this.log.error(error);
      refuseUpgrade(socket, new HubError('INTERNAL', 'the hub could not handle this upgrade'));
    }
  }

  /** @throws HubError for what is answered over HTTP instead */
  private upgrade({ request, socket, head }: Upgrade): void {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      throw new HubError('BAD_REQUEST', 'the only upgrade is "websocket"; leave the header out for plain HTTP');
    }

    const target = request.url ?? '';
    const server = this.servers.get(pathOf(target)) ?? this.endpointOf(target);

    this.hub.refuseWhenClosing();
    const subscription = parseSubscription(queryOf(target));
    // The handshake and the greeting go in one call to the kernel.
    socket.cork();
    server.handleUpgrade(request, socket, head, (webSocket) => {
      const connection = new WebSocketConnection(webSocket, socket, {
        maxQueueBytes: this.config.maxQueueBytes,
        acks: subscription.acks,
      });
      server.emit('connection', connection, subscription);
    });
    socket.uncork();
  }

  /** For a target that is no bare path. @throws HubError where no endpoint is meant */
  private endpointOf(target: string): WebSocketServer {
    if (!URL.canParse(target, 'ws://hub')) throw new HubError('BAD_REQUEST', 'the request target is not a URL');

    const server = this.servers.get(new URL(target, 'ws://hub').pathname);
    if (server) return server;
    throw new HubError('NOT_FOUND', `no WebSocket endpoint here; it is ${[...this.servers.keys()].join(', ')}`);
  }

  /** Every frame of a client gets its answer or its error; none is dropped silently. */
  private async answer(
    connection: WebSocketConnection,
    handlers: readonly WsMessageHandler<string>[],
    data: RawData,
    isBinary: boolean,
  ): Promise<void> {
    try {
      if (isBinary) throw new HubError('BINARY_FRAME', 'frame must be text that holds JSON, not binary');
      const { type, data: payload } = parseClientMessage((data as Buffer).toString());
      const handler = handlers.find(({ message }) => message === type);
      if (!handler) {
        const known = handlers.map(({ message }) => message).join(', ');
        throw new HubError('UNKNOWN_TYPE', `type must be one of ${known}`);
      }

      const answer: unknown = await handler.callback(payload);
      if (answer === undefined) return;
      this.hub.flush();
      connection.send(answer);
    } catch (error) {
      connection.send(errorMessageFrom(error, this.log));
    }
  }
}
