import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type INestApplicationContext, Logger, type WsMessageHandler } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { type RawData, WebSocketServer } from 'ws';
import { HubConfig } from '../config/hub-config.js';
import { parseClientMessage } from '../protocol/client-message.js';
import { CLOSE } from '../protocol/close-codes.js';
import { HubError } from '../protocol/errors.js';
import { Connection } from './connection.js';
import { errorMessageFrom } from './error-message.js';
import { refuseUpgrade } from './refuse-upgrade.js';

/** How often a shutdown looks whether all clients have answered, in ms. */
const CLOSE_POLL_MS = 20;

/**
 * WebSockets on the HTTP port. Where the stock adapter is silent or abrupt, this one answers: a refused upgrade gets an
 * HTTP status, a bad frame an error frame, and a shutdown closes with a code. What Nest calls the client is a
 * `Connection`.
 */
export class HubWsAdapter extends WsAdapter {
  private readonly log = new Logger(HubWsAdapter.name);
  private readonly servers = new Map<string, WebSocketServer>();
  private readonly config: HubConfig;

  constructor(app: INestApplicationContext) {
    super(app);
    this.config = app.get(HubConfig);
  }

  override create(_port: number, { path }: { path: string }): WebSocketServer {
    if (this.servers.size === 0) this.server.on('upgrade', this.handleUpgrade);

    const server = new WebSocketServer({
      noServer: true,
      maxPayload: this.config.maxClientFrameBytes,
      // 54-60 us a delivery and 270 KB a connection where a client negotiates it, and `Connection` relies on it.
      perMessageDeflate: false,
    });
    this.servers.set(path, server);

    return server;
  }

  override bindMessageHandlers(connection: Connection, handlers: WsMessageHandler<string>[]): void {
    connection.onFrame((data, isBinary) => void this.answer(connection, handlers, data, isBinary));
  }

  override bindClientDisconnect(connection: Connection, callback: (reason: unknown) => void): void {
    connection.onClose(callback);
  }

  /** Closes every connection with 1001, and waits for the answers. */
  override async close(server: WebSocketServer): Promise<void> {
    this.server.off('upgrade', this.handleUpgrade);
    for (const client of server.clients) client.close(CLOSE.goingAway.code, CLOSE.goingAway.reason);

    const deadline = performance.now() + this.config.shutdownGraceMs;
    while (server.clients.size > 0 && performance.now() < deadline) await delay(CLOSE_POLL_MS);
    for (const client of server.clients) client.terminate();
  }

  private get server(): Server {
    return this.httpServer as Server;
  }

  private readonly handleUpgrade = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      refuseUpgrade(
        socket,
        new HubError('BAD_REQUEST', 'the only upgrade is "websocket"; leave the header out for plain HTTP'),
      );
      return;
    }

    const path = pathOf(request.url);
    const server = path === undefined ? undefined : this.servers.get(path);
    if (!server) {
      refuseUpgrade(
        socket,
        path === undefined
          ? new HubError('BAD_REQUEST', 'the request target is not a URL')
          : new HubError('NOT_FOUND', `no WebSocket endpoint here; it is ${[...this.servers.keys()].join(', ')}`),
      );
      return;
    }

    server.handleUpgrade(request, socket, head, (webSocket) => {
      server.emit('connection', new Connection(webSocket, socket, this.config.maxQueueBytes));
    });
  };

  /** Every frame of a client gets its answer or its error; none is dropped silently. */
  private async answer(
    connection: Connection,
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
      if (answer !== undefined) connection.send(answer);
    } catch (error) {
      connection.send(errorMessageFrom(error, this.log));
    }
  }
}

function pathOf(url = ''): string | undefined {
  return URL.canParse(url, 'ws://hub') ? new URL(url, 'ws://hub').pathname : undefined;
}
