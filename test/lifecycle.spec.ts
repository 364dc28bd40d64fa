import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { TestClient } from './support/client.js';
import { get } from './support/http.js';
import { type HubProcess, startHubProcess, startNode } from './support/process.js';
import { rawConnect, upgradeRequest } from './support/raw-http.js';

/** Nobody is cut off because the machine is slow. */
const LONG_GRACE = { SHUTDOWN_GRACE_MS: '60000' };

describe('a hub as a process', () => {
  let hub: HubProcess | undefined;

  afterEach(async () => {
    await hub?.kill();
    hub = undefined;
  });

  it('says at start where its endpoint, its API and its health page are', async () => {
    hub = await startHubProcess();

    await hub.printed(new RegExp(`WebSocket +${hub.wsUrl.replace('127.0.0.1', 'localhost')}`));
    await hub.printed(/API +http:\/\/localhost:\d+\/api\/events\/broadcast/);
    const [, health = ''] = await hub.printed(/health +(http:\S+)/);
    await hub.printed(/reachable from this machine only/);
    expect(await get(health)).toEqual({ status: 200, body: { status: 'ok' } });
  });

  it('logs in JSON when told', async () => {
    hub = await startHubProcess({ LOG_FORMAT: 'json', INSTANCE_ID: 'kennel-1' });
    await hub.printed(/health/);

    const lines = hub.output().trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(lines.map(() => 'info'));
  });

  it('ends with 1 and the reason when its port is taken', async () => {
    hub = await startHubProcess();
    const second = startNode(['dist/main.js'], { PORT: new URL(hub.url).port });

    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.output()).toContain('EADDRINUSE');
  });

  it('listens on one address of a name that has two', async () => {
    const names = `import dns from 'node:dns'; const { lookup } = dns; dns.lookup = (name, options, done) =>
      options.all && name === 'localhost'
        ? process.nextTick(done, null, ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 })))
        : lookup(name, options, done);`;
    const running = startNode(['--import', `data:text/javascript,${encodeURIComponent(names)}`, 'dist/main.js'], {
      PORT: '0',
      HOST: 'localhost',
    });
    try {
      const [, port] = await running.printed(/health +http:\S+:(\d+)/);

      expect((await get(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
      await expect(get(`http://127.0.0.2:${port}/health/live`)).rejects.toThrow('fetch failed');
    } finally {
      await running.kill();
    }
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'on %s closes 200 clients with 1001 and delivers every POST it accepted',
    async (signal) => {
      const running = await startHubProcess(LONG_GRACE);
      hub = running;
      const clients = await Promise.all(Array.from({ length: 200 }, () => TestClient.open(running.wsUrl)));
      const posts = postSteadily(running.url);

      await clients[0]?.received(30);
      running.child.kill(signal);
      const closes = await Promise.all(clients.map(({ closed }) => closed));
      const exit = await running.exited;
      const { accepted, others } = await posts.stop();

      expect(exit).toEqual({ code: 0, signal: null });
      expect(closes).toEqual(clients.map(() => ({ code: 1001, reason: 'going away' })));
      expect(accepted.length).toBeGreaterThanOrEqual(30);
      for (const { messages } of clients) {
        const got = new Set(messages.map(({ id }) => id));
        expect(got.size).toBe(messages.length);
        expect(accepted.filter((id) => !got.has(id))).toEqual([]);
      }
      // Those after the end are refused by the hub or by the closed port, never half done.
      expect(others.every((outcome) => outcome === 503 || outcome === 'refused')).toBe(true);
    },
  );

  it('finishes requests whose bodies are still on their way, whichever ends first', async () => {
    const running = await startHubProcess(LONG_GRACE);
    hub = running;
    const client = await TestClient.open(running.wsUrl);
    const body = '{"event_type":"sit","data":{}}';
    const begin = async (): Promise<() => Promise<string>> => {
      const socket = rawConnect(running.url);
      socket.write(
        `POST /api/events/broadcast HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      socket.write(body.slice(0, 10));
      await get(`${running.url}/health/live`);

      return async () => {
        socket.write(body.slice(10));
        const [answer] = (await once(socket, 'data')) as [Buffer];
        return answer.toString();
      };
    };
    const [finishFirst, finishSecond] = [await begin(), await begin()];

    running.child.kill('SIGTERM');
    await running.printed(/SIGTERM/);
    for (const finish of [finishSecond, finishFirst]) {
      expect(await finish()).toMatch(/^HTTP\/1\.1 202 [^]*connection: close/i);
    }

    expect(await client.closed).toEqual({ code: 1001, reason: 'going away' });
    expect(client.messages).toMatchObject([{ event_type: 'sit' }, { event_type: 'sit' }]);
    expect(await running.exited).toEqual({ code: 0, signal: null });
  });

  it('is forced by a second signal while a client does not answer', async () => {
    const running = await startHubProcess(LONG_GRACE);
    hub = running;
    const socket = rawConnect(running.url);
    socket.write(upgradeRequest('/ws/ui'));
    await once(socket, 'data');

    running.child.kill('SIGTERM');
    await running.printed(/SIGTERM/);
    while (running.child.exitCode === null) {
      running.child.kill('SIGTERM');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }

    expect(await running.exited).toEqual({ code: 1, signal: null });
  });

  it('takes the same signal twice at once as one', async () => {
    const running = await startHubProcess();
    hub = running;
    const client = await TestClient.open(running.wsUrl);

    running.child.kill('SIGINT');
    running.child.kill('SIGINT');

    expect((await client.closed).code).toBe(1001);
    expect(await running.exited).toEqual({ code: 0, signal: null });
  });
});

/** 100 POSTs a second over kept-alive connections, until told to stop. */
function postSteadily(url: string) {
  const agent = new Agent({ keepAlive: true });
  const accepted: string[] = [];
  const others: (number | 'refused')[] = [];
  const underWay: Promise<void>[] = [];
  let n = 0;

  const postOne = (): Promise<void> =>
    new Promise((resolve) => {
      const outgoing = request(`${url}/api/events/broadcast`, {
        agent,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
      });
      outgoing.on('error', () => {
        others.push('refused');
        resolve();
      });
      outgoing.on('response', (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('close', () => {
          if (response.statusCode === 202) accepted.push((JSON.parse(text) as { id: string }).id);
          else others.push(response.statusCode ?? 0);
          resolve();
        });
      });
      outgoing.end(JSON.stringify({ event_type: 'bark', data: { n: n++ } }));
    });
  const timer = setInterval(() => underWay.push(postOne()), 10);

  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      agent.destroy();

      return { accepted, others };
    },
  };
}
