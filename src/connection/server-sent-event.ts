/**
 * One Server-Sent Event: `event:` is the type of the message, `id:` the place of a logged one, `<epoch>:<offset>`, which a
 * browser brings back as `Last-Event-ID`, `data:` the JSON. No field but the last may hold a line break.
 * Source: the HTML standard, section 9.2.
 */
export function encodeServerSentEvent(type: string, json: string, offset?: string, epoch?: string): Buffer {
  const id = offset === undefined ? '' : `id: ${oneLine(epoch === undefined ? offset : `${epoch}:${offset}`)}\n`;
  // What another service wrote to the bus may be spread over lines; a reader puts them together again.
  const data = json.replace(/\r\n?|\n/g, '\ndata: ');

  return Buffer.from(`event: ${oneLine(type)}\n${id}data: ${data}\n\n`);
}

/** The rules let no such name or offset in; a stream is not to be forged where they fail. */
function oneLine(text: string): string {
  return text.replace(/[\0\r\n]/g, ' ');
}

/** A line that readers ignore. */
export const SSE_HEARTBEAT = Buffer.from(':\n\n');
