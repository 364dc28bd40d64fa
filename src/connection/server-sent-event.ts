/**
 * One Server-Sent Event: `event:` is the type of the message, `id:` the offset of a logged one, `data:` the JSON.
 * Source: the HTML standard, section 9.2.
 */
export function encodeServerSentEvent(type: string, json: string, offset?: string): Buffer {
  const id = offset === undefined ? '' : `id: ${offset}\n`;
  // What another service wrote to the bus may be spread over lines; a reader puts them together again.
  const data = json.replace(/\r\n?|\n/g, '\ndata: ');

  return Buffer.from(`event: ${type}\n${id}data: ${data}\n\n`);
}

/** A line that readers ignore. */
export const SSE_HEARTBEAT = Buffer.from(':\n\n');
