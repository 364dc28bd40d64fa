/** Most bytes that wait for a reader of the log which has stalled; what comes on top is dropped. */
const MAX_WAITING_BYTES = 1024 * 1024;

// The reader of the log may end, and its disk may be full: neither is a reason for the hub to end.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

/** Writes to the log of the process; never throws. Returns `false` for what is dropped, since nobody reads. */
export function writeLog(name: 'stdout' | 'stderr', text: string): boolean {
  try {
    const stream = name === 'stdout' ? process.stdout : process.stderr;
    if (stream.writableLength > MAX_WAITING_BYTES) return false;

    stream.write(text);
    return true;
  } catch {
    return false;
  }
}
