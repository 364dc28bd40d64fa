import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A request, and where it is answered. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** How one TCP connection is doing: what is answered on it, and what has come behind that. */
export interface HttpConnection {
  readonly socket: Socket;
  /** The one that is answered now, until the socket has taken all of the answer. */
  current: Exchange | undefined;
  /** What came behind it, in order. */
  readonly waiting: Exchange[];
  /** Whether it will be read no further, from the next turn of the event loop on. */
  isPausing: boolean;
  /** Whether a stream has the connection, until it ends. */
  isTaken: boolean;
  /** Whether the last request was answered before all of its body had come. */
  isMidBody: boolean;
  /** The answer to bytes that are no request, for when all before them are answered. */
  lastWord: string | undefined;
  /** Bytes that had come when the last request began. */
  readBefore: number;
  /** Bytes of answers that the kernel had taken when that was last looked at. */
  taken: number;
  /** Since when it has taken no more, in ms of `performance.now`. */
  takenAt: number;
}

const CONNECTION = Symbol('HttpConnection');

type GatedSocket = Socket & { [CONNECTION]?: HttpConnection };

/** The state of a socket that has had a request. */
export function connectionOf(socket: Socket): HttpConnection | undefined {
  return (socket as GatedSocket)[CONNECTION];
}

export function createConnection(socket: Socket): HttpConnection {
  const connection: HttpConnection = {
    socket,
    current: undefined,
    waiting: [],
    isPausing: false,
    isTaken: false,
    isMidBody: false,
    lastWord: undefined,
    readBefore: 0,
    taken: 0,
    takenAt: 0,
  };
  (socket as GatedSocket)[CONNECTION] = connection;

  return connection;
}

/** Whether a request of this socket waits for the end of its answer. */
export function isAnswering(socket: Socket): boolean {
  return connectionOf(socket)?.current !== undefined;
}
