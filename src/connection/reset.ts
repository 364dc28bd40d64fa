import type { Socket } from 'node:net';

/**
 * Ends a connection without a good-bye, by a TCP reset: after a plain close the kernel would keep, for minutes, the
 * megabytes that a stalled client never read.
 */
export function reset(socket: Socket): void {
  // While the end of the stream is on its way to the kernel, a reset fails (EINVAL) and Node drops the handle without
  // closing it: the descriptor is lost, and 'close' never comes. That state lasts no longer than a turn of the event loop.
  const isEnding = socket.writableEnded && socket.writableLength === 0 && !socket.writableFinished;

  if (isEnding) socket.once('finish', () => socket.resetAndDestroy());
  else socket.resetAndDestroy();
}
