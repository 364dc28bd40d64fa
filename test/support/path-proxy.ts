import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

export interface PathProxy {
  /** `http://127.0.0.1:<port>`, without the path. */
  origin: string;
  close(): Promise<void>;
}

/**
 * A proxy that puts a hub under a path, as nginx does with `location /dog/ { proxy_pass http://hub/; }`: it takes the path
 * away, passes upgrades on, sends `/dog` to `/dog/`, and knows nothing else.
 * @param path such as `/dog/`
 */
export async function startPathProxy(hubUrl: string, path: string): Promise<PathProxy> {
  const hub = new URL(hubUrl);
  const inside = ({ url = '' }: IncomingMessage): string => `/${url.slice(path.length)}`;
  const server = createServer((incoming, outgoing) => {
    if (incoming.url === path.slice(0, -1)) {
      outgoing.writeHead(301, { location: path }).end();
      return;
    }
    if (!incoming.url?.startsWith(path)) {
      outgoing.writeHead(404, { 'content-type': 'text/plain' }).end('not of the hub');
      return;
    }

    const { method, headers } = incoming;
    const forwarded = request({ hostname: hub.hostname, port: hub.port, path: inside(incoming), method, headers });
    forwarded.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  server.on('upgrade', (incoming, socket) => {
    if (!incoming.url?.startsWith(path)) {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
      return;
    }

    const upstream = connect(Number(hub.port), hub.hostname);
    const headers = Array.from({ length: incoming.rawHeaders.length / 2 }, (_, n) => {
      return `${incoming.rawHeaders[2 * n]}: ${incoming.rawHeaders[2 * n + 1]}\r\n`;
    });
    upstream.write(`GET ${inside(incoming)} HTTP/1.1\r\n${headers.join('')}\r\n`);
    for (const [from, to] of [
      [upstream, socket],
      [socket, upstream],
    ] as const) {
      from.pipe(to);
      from.on('error', () => to.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await Promise.resolve();
    },
  };
}
