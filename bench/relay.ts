// What Redis adds: the time from a POST at instance A to the frame at a client of B, less that to a client of A.
// bench/relay.ts [--messages 2000] [--rate 100]. Needs a build (npm run build) and redis-server in the PATH.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { freePort, listening, start, stop } from './child.js';

const { values } = parseArgs({
  options: { messages: { type: 'string', default: '2000' }, rate: { type: 'string', default: '100' } },
});
const [messages, rate] = [Number(values.messages), Number(values.rate)];

const agent = new Agent({ keepAlive: true });

async function startHub(redisPort: number): Promise<{ child: ChildProcess; url: string }> {
  const port = await freePort();
  const env = { PORT: String(port), REDIS_HOST: '127.0.0.1', REDIS_PORT: String(redisPort) };
  const child = start([process.execPath, 'dist/main.js'], { env });
  await listening(child, port);

  return { child, url: `http://127.0.0.1:${port}` };
}

async function listen(url: string, arrivals: number[]): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/ui`);
  socket.on('message', (data: Buffer) => {
    const at = performance.now();
    const { n } = (JSON.parse(data.toString()) as { data: { n?: number } }).data;
    if (n !== undefined) arrivals[n] = at;
  });
  await once(socket, 'message');

  return socket;
}

function post(url: string, path: string, body: object): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const outgoing = request(url + path, { agent, method: 'POST', headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(body));
  });
}

async function measure(name: string, [a, b]: readonly [string, string], path: string, bodyOf: (n: number) => object) {
  const here: number[] = [];
  const there: number[] = [];
  const sent: number[] = [];
  const sockets = await Promise.all([listen(a, here), listen(b, there)]);
  const begin = performance.now();

  for (let n = 0; n < messages; n++) {
    const due = begin + (n * 1000) / rate;
    if (due > performance.now()) await delay(due - performance.now());
    sent[n] = performance.now();
    void post(a, path, bodyOf(n));
  }
  await delay(500);
  sockets.forEach((socket) => socket.close());

  const row = (label: string, times: number[]): void => {
    const sorted = times.filter(Number.isFinite).sort((x, y) => x - y);
    const at = (share: number): string =>
      (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN).toFixed(3);
    console.log(`| ${name} | ${label} | ${sorted.length} | ${at(0.5)} | ${at(0.99)} | ${at(1)} |`);
  };
  const between = (from: readonly number[], to: readonly number[]): number[] =>
    to.map((at, n) => at - (from[n] ?? NaN));
  row('POST at A to frame at A', between(sent, here));
  row('POST at A to frame at B', between(sent, there));
  row('added by Redis', between(here, there));
}

const port = await freePort();
const redis = start(['redis-server', '--port', String(port), '--bind', '127.0.0.1', '--save', ''], {});
const children = [redis];
try {
  await listening(redis, port);
  const hubs = [await startHub(port), await startHub(port)] as const;
  children.push(...hubs.map(({ child }) => child));
  const urls = [hubs[0].url, hubs[1].url] as const;
  await delay(2_000);

  console.log(`${messages} messages, ${rate} a second, times in ms\n`);
  console.log('| message | way | count | median | p99 | max |\n|---|---|---|---|---|---|');
  await measure('event', urls, '/api/events/broadcast', (n) => ({ event_type: 'bark', data: { n } }));
  await measure('overlay', urls, '/api/events/broadcast/overlay', (n) => ({ overlay_type: 'zone', data: { n } }));
} finally {
  await Promise.all(children.map(stop));
  agent.destroy();
}
