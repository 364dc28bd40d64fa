// What Redis adds: the time from a POST at instance A to the frame at a client of B, less that to a client of A.
// node bench/relay.mjs [--messages 2000] [--rate 100]. Needs a build (npm run build) and redis-server in the PATH.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';

const { values } = parseArgs({
  options: { messages: { type: 'string', default: '2000' }, rate: { type: 'string', default: '100' } },
});
const [messages, rate] = [Number(values.messages), Number(values.rate)];

const children = [];
const agent = new Agent({ keepAlive: true });

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();

  return port;
}

function start(command, args, env, ready) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);

  return new Promise((resolve, reject) => {
    let output = '';
    child.once('error', reject);
    child.stdout.on('data', (chunk) => {
      output += chunk;
      const match = ready.exec(output);
      if (match) resolve(match);
    });
  });
}

async function startHub(redisPort) {
  const env = { PORT: '0', REDIS_HOST: '127.0.0.1', REDIS_PORT: String(redisPort) };
  const [, port] = await start(process.execPath, ['dist/main.js'], env, /ws:\/\/localhost:(\d+)/);

  return `http://127.0.0.1:${port}`;
}

async function listen(url, arrivals) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/ui`);
  socket.on('message', (data) => {
    const at = performance.now();
    const { n } = JSON.parse(data).data;
    if (n !== undefined) arrivals[n] = at;
  });
  await once(socket, 'message');

  return socket;
}

function post(url, path, body) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const outgoing = request(url + path, { agent, method: 'POST', headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(body));
  });
}

async function measure(name, hubs, path, bodyOf) {
  const [here, there] = [[], []];
  const sockets = await Promise.all([listen(hubs[0], here), listen(hubs[1], there)]);
  const sent = [];
  const begin = performance.now();

  for (let n = 0; n < messages; n++) {
    const due = begin + (n * 1000) / rate;
    if (due > performance.now()) await delay(due - performance.now());
    sent[n] = performance.now();
    void post(hubs[0], path, bodyOf(n));
  }
  await delay(500);
  sockets.forEach((socket) => socket.close());

  const row = (label, times) => {
    const sorted = times.filter(Number.isFinite).sort((a, b) => a - b);
    const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(3);
    console.log(`| ${name} | ${label} | ${sorted.length} | ${at(0.5)} | ${at(0.99)} | ${at(1)} |`);
  };
  row(
    'POST at A to frame at A',
    here.map((at, n) => at - sent[n]),
  );
  row(
    'POST at A to frame at B',
    there.map((at, n) => at - sent[n]),
  );
  row(
    'added by Redis',
    there.map((at, n) => at - here[n]),
  );
}

try {
  const port = await freePort();
  await start('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], {}, /Ready to accept/);
  const hubs = [await startHub(port), await startHub(port)];
  await delay(2_000);

  console.log(`${messages} messages, ${rate} a second, times in ms\n`);
  console.log('| message | way | count | median | p99 | max |\n|---|---|---|---|---|---|');
  await measure('event', hubs, '/api/events/broadcast', (n) => ({ event_type: 'bark', data: { n } }));
  await measure('overlay', hubs, '/api/events/broadcast/overlay', (n) => ({ overlay_type: 'zone', data: { n } }));
} finally {
  children.reverse().forEach((child) => child.kill());
  agent.destroy();
}
