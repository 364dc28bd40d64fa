import { WebSocketServer } from 'ws';

/** Least bytes that a piece of a frame has on average: no network cuts frames into smaller ones for long. */
const CHUNK_BYTES = 256;

/** Least bytes that a fragment has on average. */
const FRAGMENT_BYTES = 1024;

/** So many pieces and fragments may be smaller. */
const SPARE = 64;

/** The WebSocket library, set so that what a client sends is bounded in memory and in time. It listens to nothing itself. */
export function createWebSocketServer(maxFrameBytes: number): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    maxPayload: maxFrameBytes,
    // Each piece that waits for the rest of its frame costs some 200 bytes, however short it is.
    maxBufferedChunks: SPARE + Math.ceil(maxFrameBytes / CHUNK_BYTES),
    maxFragments: SPARE + Math.ceil(maxFrameBytes / FRAGMENT_BYTES),
    // One frame a turn of the event loop: 64 KiB hold 9,000 frames of one byte.
    allowSynchronousEvents: false,
    // The library would answer pings without end to a client that reads nothing.
    autoPong: false,
    // The hub knows who is here.
    clientTracking: false,
    // 54-60 us a delivery and 270 KB a connection where a client negotiates it, and `Connection` relies on it.
    perMessageDeflate: false,
  });
}
