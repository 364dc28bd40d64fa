import type { Socket } from 'node:net';
import { type RawData, WebSocket } from 'ws';
import type { Close } from '../protocol/close-codes.js';
import { Connection } from './connection.js';
import { encodeTextFrame } from './frame.js';

/** A client that came over `/ws/ui`. */
export class WebSocketConnection extends Connection {
  readonly transport = 'websocket';

  /**
   * @param raw the socket under `webSocket`, as the upgrade gave it. Frames are written to it directly: `ws` writes each
   *   of its own frames in one go as long as compression is off, so the two never cut into each other.
   */
  constructor(
    private readonly webSocket: WebSocket,
    private readonly raw: Socket,
    maxQueueBytes: number,
  ) {
    super(raw, raw.remoteAddress ?? '', maxQueueBytes);
    // The library closes with the code of the broken rule by itself; without a listener the error would end the process.
    webSocket.on('error', () => undefined);
  }

  onFrame(listener: (data: RawData, isBinary: boolean) => void): void {
    this.webSocket.on('message', listener);
  }

  override onClose(listener: () => void): void {
    this.webSocket.once('close', listener);
  }

  override sendJson(json: string): void {
    this.write(encodeTextFrame(json));
  }

  override terminate(): void {
    this.raw.resetAndDestroy();
  }

  override get isOpen(): boolean {
    return this.webSocket.readyState === WebSocket.OPEN;
  }

  protected override end({ code, reason }: Close): void {
    this.webSocket.close(code, reason);
  }
}
