// Clients that resume at once: are all complete and in order, does nobody wait for another's whole replay, and how long
// is the event loop of the hub blocked? node bench/resume.mjs [--clients 1000] [--missed 500]. Needs npm run build.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { clients: { type: 'string', default: '1000' }, missed: { type: 'string', default: '500' } },
});
const [clients, missed] = [Number(values.clients), Number(values.missed)];

const hub = fork('dist/main.js', {
  env: { ...process.env, PORT: '0', REDIS_URL: '', REDIS_HOST: '' },
  execArgv: ['--import', new URL('./loop-delay.mjs', import.meta.url).href],
  stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
});
const [port] = await new Promise((resolve) => {
  hub.stdout.on('data', (chunk) => /ws:\/\/localhost:(\d+)/.exec(chunk)?.slice(1) && resolve([Number(RegExp.$1)]));
});

async function probe() {
  hub.send('how are you');
  const [answer] = await once(hub, 'message');

  return answer;
}

const agent = new Agent({ keepAlive: true });
function http(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const outgoing = request({ port, agent, method, path, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk)).on('end', () => resolve(JSON.parse(text)));
    });
    outgoing.on('error', reject).end(body);
  });
}

const text = 'x'.repeat(160);
const post = (n) => http('POST', '/api/events/broadcast', JSON.stringify({ event_type: 'bark', data: { n, text } }));

/** A client that only counts: it finds the number of each event in the raw bytes, and checks that they rise by one. */
function resume(since, startedAt) {
  const socket = connect(port, '127.0.0.1');
  const client = { connectedAt: 0, firstAt: 0, doneAt: 0, next: 1, isOrdered: true, recovered: false };
  client.done = new Promise((resolve, reject) => {
    let rest = '';
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      const bytes = rest + chunk.toString('latin1');
      if (bytes.includes('"recovered":true')) client.recovered = true;
      // A ping and its mark, which the hub takes back as the receipt for all before it; masked with zeros.
      for (const [, mark] of bytes.matchAll(/\x89\x06([^]{6})/g)) {
        socket.write(Buffer.from(`\x8a\x86\0\0\0\0${mark}`, 'latin1'));
      }
      let end = 0;
      for (const match of bytes.matchAll(/"data":\{"n":(\d+),/g)) {
        client.firstAt ||= performance.now() - startedAt;
        client.isOrdered &&= Number(match[1]) === client.next++;
        end = match.index + match[0].length;
      }
      rest = bytes.slice(Math.max(end, bytes.length - 40));
      if (client.next > missed) {
        client.doneAt ||= performance.now() - startedAt;
        resolve();
      }
    });
  });
  client.connected = once(socket, 'connect');
  client.ask = () =>
    socket.write(
      `GET /ws/ui?since=${since} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );

  return client;
}

await post(0);
const { next: since } = await http('GET', '/api/events');
for (let n = 1; n <= missed; n++) await post(n);

await probe();
const before = await probe();
const startedAt = performance.now();
const all = Array.from({ length: clients }, () => resume(since, startedAt));
await Promise.all(all.map(({ connected }) => connected));
const connectedAt = performance.now() - startedAt;
const accepted = await probe();
for (const client of all) client.ask();
const deadline = setTimeout(() => {
  console.error(`only ${all.filter(({ doneAt }) => doneAt > 0).length} of ${clients} were complete after 60 s`);
  hub.kill();
  process.exit(1);
}, 60_000);
await Promise.all(all.map(({ done }) => done));
clearTimeout(deadline);
const after = await probe();

const at = (list, q) => `${list.sort((a, b) => a - b)[Math.floor((list.length - 1) * q)].toFixed(0)} ms`;
const cpu = (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / 1000;
console.log(`| ${clients} clients resume ${missed} events each, at once | |
|---|---|
| complete, in order, \`recovered: true\` | ${all.filter((c) => c.isOrdered && c.recovered && c.next === missed + 1).length} of ${clients} |
| all TCP connections open after | ${connectedAt.toFixed(0)} ms |
| first missed event: first, median, last client | ${[0, 0.5, 1]
  .map((q) =>
    at(
      all.map((c) => c.firstAt),
      q,
    ),
  )
  .join(', ')} |
| last missed event: first, median, last client | ${[0, 0.5, 1]
  .map((q) =>
    at(
      all.map((c) => c.doneAt),
      q,
    ),
  )
  .join(', ')} |
| event loop of the hub blocked while it accepts: p99, longest | ${accepted.p99.toFixed(1)} ms, ${accepted.max.toFixed(1)} ms |
| event loop of the hub blocked while they resume: p99, longest | ${after.p99.toFixed(1)} ms, ${after.max.toFixed(1)} ms |
| CPU of the hub | ${cpu.toFixed(0)} ms, ${((cpu * 1000) / clients / missed).toFixed(2)} µs an event |
| memory of the hub before, after | ${(before.rss / 2 ** 20).toFixed(0)} MiB, ${(after.rss / 2 ** 20).toFixed(0)} MiB |`);

hub.kill('SIGTERM');
await once(hub, 'exit');
process.exit(0);
