// Clients that resume at once: are all complete and in order, does nobody wait for another's whole replay, and how long
// is the event loop of the hub blocked? bench/resume.ts [--clients 1000] [--missed 500]. Needs npm run build.
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
const port = await new Promise<number>((resolve) => {
  hub.stdout?.on('data', (chunk: Buffer) => {
    const [, found] = /ws:\/\/localhost:(\d+)/.exec(chunk.toString()) ?? [];
    if (found) resolve(Number(found));
  });
});

/** What `loop-delay.mjs` tells: ms, and bytes. */
interface Probe {
  p99: number;
  max: number;
  cpu: NodeJS.CpuUsage;
  rss: number;
}

async function probe(): Promise<Probe> {
  hub.send('how are you');
  const [answer] = (await once(hub, 'message')) as [Probe];

  return answer;
}

const agent = new Agent({ keepAlive: true });
function http(method: string, path: string, body?: string): Promise<{ next: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const outgoing = request({ port, agent, method, path, headers }, (response) => {
      let text = '';
      response
        .on('data', (chunk: Buffer) => (text += chunk.toString()))
        .on('end', () => resolve(JSON.parse(text) as { next: string }));
    });
    outgoing.on('error', reject).end(body);
  });
}

const text = 'x'.repeat(160);
const post = (n: number): Promise<unknown> =>
  http('POST', '/api/events/broadcast', JSON.stringify({ event_type: 'bark', data: { n, text } }));

/** A client that only counts: it finds the number of each event in the raw bytes, and checks that they rise by one. */
function resume(since: string, startedAt: number) {
  const socket = connect(port, '127.0.0.1');
  const client = { firstAt: 0, doneAt: 0, next: 1, isOrdered: true, recovered: false };
  const done = new Promise<void>((resolve, reject) => {
    let rest = '';
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
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
  const connected = once(socket, 'connect');
  const ask = (): boolean =>
    socket.write(
      `GET /ws/ui?since=${since} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );

  return { client, done, connected, ask };
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
for (const { ask } of all) ask();
const counts = all.map(({ client }) => client);
const deadline = setTimeout(() => {
  console.error(`only ${counts.filter(({ doneAt }) => doneAt > 0).length} of ${clients} were complete after 60 s`);
  hub.kill();
  process.exit(1);
}, 60_000);
await Promise.all(all.map(({ done }) => done));
clearTimeout(deadline);
const after = await probe();

const at = (list: number[], q: number): string =>
  `${(list.sort((a, b) => a - b)[Math.floor((list.length - 1) * q)] ?? NaN).toFixed(0)} ms`;
const spread = (list: number[]): string => [0, 0.5, 1].map((q) => at(list, q)).join(', ');
const cpu = (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / 1000;
console.log(`| ${clients} clients resume ${missed} events each, at once | |
|---|---|
| complete, in order, \`recovered: true\` | ${counts.filter((c) => c.isOrdered && c.recovered && c.next === missed + 1).length} of ${clients} |
| all TCP connections open after | ${connectedAt.toFixed(0)} ms |
| first missed event: first, median, last client | ${spread(counts.map((c) => c.firstAt))} |
| last missed event: first, median, last client | ${spread(counts.map((c) => c.doneAt))} |
| event loop of the hub blocked while it accepts: p99, longest | ${accepted.p99.toFixed(1)} ms, ${accepted.max.toFixed(1)} ms |
| event loop of the hub blocked while they resume: p99, longest | ${after.p99.toFixed(1)} ms, ${after.max.toFixed(1)} ms |
| CPU of the hub | ${cpu.toFixed(0)} ms, ${((cpu * 1000) / clients / missed).toFixed(2)} µs an event |
| memory of the hub before, after | ${(before.rss / 2 ** 20).toFixed(0)} MiB, ${(after.rss / 2 ** 20).toFixed(0)} MiB |`);

hub.kill('SIGTERM');
await once(hub, 'exit');
process.exit(0);
