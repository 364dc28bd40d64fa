import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  status: number;
  head: string;
  body: string;
}

/** A WebSocket upgrade as clients send it, with these headers changed; `undefined` leaves one out. */
export function upgradeRequest(path: string, headers: Record<string, string | undefined> = {}): string {
  const all: Record<string, string | undefined> = {
    Host: 'localhost',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : `${name}: ${value}`));

  return [`GET ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n');
}

export function rawConnect(url: string): Socket {
  const { port } = new URL(url);

  return connect(Number(port), '127.0.0.1');
}

/** Sends these bytes and reads until the hub closes. */
export async function rawExchange(url: string, bytes: string): Promise<RawAnswer> {
  const socket = rawConnect(url);
  socket.write(bytes);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  const [head = '', body = ''] = answer.split('\r\n\r\n');

  return { status: Number(head.split(' ')[1]), head, body };
}

/** The answers on a connection, one by one; each has a content-length, or no body. Ends when the hub closes. */
export async function* rawAnswers(socket: Socket): AsyncGenerator<RawAnswer, void> {
  let input = '';

  for await (const chunk of socket as AsyncIterable<Buffer>) {
    input += chunk.toString('latin1');
    for (;;) {
      const end = input.indexOf('\r\n\r\n') + 4;
      const head = input.slice(0, Math.max(0, end - 4));
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (end < 4 || input.length < end + length) break;

      yield { status: Number(head.split(' ')[1]), head, body: input.slice(end, end + length) };
      input = input.slice(end + length);
    }
  }
}
