import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { EventsService } from '../../src/events/events.service.js';
import { encodeBatch } from '../../src/connection/prepared-frame.js';
import { SendBudget } from '../../src/connection/send-budget.js';
import { WebSocketConnection } from '../../src/connection/websocket-connection.js';
import type { HubMessage } from '../../src/protocol/messages.js';
import type { Delivery } from '../../src/protocol/messages.js';
import { TestClient } from '../support/client.js';
import { get } from '../support/http.js';
import { startHub, type TestHub } from '../support/hub.js';
import { rawConnect, upgradeRequest } from '../support/raw-http.js';

const QUEUE = 64 * 1024;

/** A client that reads frames one by one when it is told to, at the other end of a wire without limits. */
class WireClient {
  readonly texts: { type: string; data: { n: number; key?: number } }[] = [];
  readonly socket = Object.assign(new EventEmitter(), {
    readyState: Number(WebSocket.OPEN),
    closed: undefined as number | undefined,
    close: (code: number) => {
      this.socket.readyState = WebSocket.CLOSING;
      this.socket.closed = code;
    },
  });
  readonly raw = Object.assign(new EventEmitter(), {
    writableLength: 0,
    cork() {},
    uncork() {},
    write: (bytes: Buffer) => this.wire.push(...split(bytes)),
    // What is still open a second after it was told to close.
    resetAndDestroy: () => this.socket.emit('close'),
  });
  readonly connection: WebSocketConnection;
  private readonly wire: { opcode: number; payload: Buffer }[] = [];

  constructor(private readonly acks: boolean) {
    this.connection = new WebSocketConnection(this.socket as unknown as WebSocket, this.raw as unknown as Socket, {
      maxQueueBytes: QUEUE,
      budget: new SendBudget(Infinity, () => undefined),
      acks,
    });
  }

  get unreadBytes(): number {
    return this.wire.reduce((sum, { opcode, payload }) => sum + (opcode === 1 ? payload.length : 0), 0);
  }

  /** Reads so many frames, and answers those that are pings. */
  read(count: number): void {
    for (const { opcode, payload } of this.wire.splice(0, count)) {
      if (opcode === 1) this.texts.push(JSON.parse(payload.toString()) as (typeof this.texts)[number]);
      else this.socket.emit('pong', payload);
    }
    if (this.acks) this.connection.acknowledge(this.texts.length);
  }
}

function split(bytes: Buffer): { opcode: number; payload: Buffer }[] {
  const frames = [];
  for (let at = 0; at < bytes.length;) {
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const [start, length] = short < 126 ? [2, short] : [4, bytes.readUInt16BE(at + 2)];
    frames.push({ opcode: (bytes[at] ?? 0) & 0x0f, payload: bytes.subarray(at + start, at + start + length) });
    at += start + length;
  }

  return frames;
}

function deliveryOf(n: number, key: number | undefined, size: number): Delivery {
  const data = { n, key, text: 'x'.repeat(size) };
  const message =
    key === undefined
      ? { type: 'event', event_type: 'x', data, id: `${n}` }
      : { type: 'telemetry', source: `cam-${key}`, data };

  return { message: message as unknown as HubMessage, json: JSON.stringify(message) };
}

describe('WebSocketConnection', () => {
  it('keeps every fact, in order, and never goes back in a state, under any schedule', () => {
    const message = fc.record({
      key: fc.option(fc.nat(2), { nil: undefined }),
      size: fc.oneof(fc.nat(300), fc.integer({ min: 3_000, max: 9_000 })),
    });
    const step = fc.oneof(
      fc.record({ publish: fc.array(message, { minLength: 1, maxLength: 30 }) }),
      fc.record({ read: fc.nat(20) }),
      fc.constant({ stall: true }),
    );

    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 80 }), fc.boolean(), (steps, acks) => {
        const client = new WireClient(acks);
        const facts: number[] = [];
        const newest = new Map<number, number>();
        let n = 0;

        for (const given of steps) {
          if ('publish' in given) {
            const deliveries = given.publish.map(({ key, size }) => deliveryOf(n++, key, size));
            if (client.socket.closed === undefined) {
              for (const { json } of deliveries) {
                const { n: number, key } = (JSON.parse(json) as { data: { n: number; key?: number } }).data;
                if (key === undefined) facts.push(number);
                else newest.set(key, number);
              }
            }
            client.connection.broadcast(encodeBatch(deliveries, 'websocket'));
          } else if ('read' in given) client.read(given.read);
          // 64 KiB before anything is known, then what the client reads; never more than one message on top.
          expect(client.unreadBytes).toBeLessThanOrEqual(4 * 1024 * 1024);
          expect(client.connection.info().buffered).toBeLessThanOrEqual(2 * QUEUE);
        }
        for (let i = 0; i < 1_000; i++) client.read(50);

        const got = client.texts.filter(({ data }) => data.key === undefined).map(({ data }) => data.n);
        expect(got).toEqual(client.socket.closed === undefined ? facts : facts.slice(0, got.length));
        for (const [key, last] of newest) {
          const states = client.texts.filter(({ data }) => data.key === key).map(({ data }) => data.n);
          expect(states).toEqual([...new Set(states)].sort((a, b) => a - b));
          if (client.socket.closed === undefined) expect(states.at(-1)).toBe(last);
        }
        if (client.socket.closed !== undefined) expect(client.socket.closed).toBe(4008);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a client that stops reading and comes back', () => {
  let hub: TestHub;
  let events: EventsService;

  beforeEach(async () => {
    hub = await startHub();
    events = hub.app.get(EventsService);
  });
  afterEach(() => hub.close());

  /** A pong comes behind all that was broadcast. */
  async function everythingIsFlushed(): Promise<void> {
    const witness = await TestClient.open(hub.wsUrl);
    await witness.settled();
    await witness.close();
  }

  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('gets every event and of the overlays only the newest', async () => {
    const client = await TestClient.open(hub.wsUrl);
    client.socket.pause();
    const text = 'x'.repeat(4_000);

    for (let n = 0; n < 1_000; n++) {
      await events.broadcastOverlayUpdate('heatmap', { n, text });
      if (n % 100 === 0) await events.broadcastEvent('bark', { n });
      await turn();
    }
    await everythingIsFlushed();
    client.socket.resume();
    await client.until(() => client.messages.some(({ data }) => data['n'] === 999));

    const { body } = await get(`${hub.url}/api/connections`);

    const overlays = client.messages.filter(({ type }) => type === 'overlay').map(({ data }) => data['n'] as number);
    const barks = client.messages.filter(({ type }) => type === 'event').map(({ data }) => data['n']);
    expect(barks).toEqual(Array.from({ length: 10 }, (_, i) => i * 100));
    // What the window let through before it was full, and the newest.
    expect(overlays.length).toBeLessThan(40);
    expect(overlays).toEqual([...overlays].sort((a, b) => a - b));
    expect((body['connections'] as { conflated: number }[])[0]?.conflated).toBeGreaterThan(900);
  });

  it('gets what it acknowledges room for, when it said it would', async () => {
    const client = await TestClient.open(`${hub.wsUrl}?acks=1`);
    const text = 'x'.repeat(4_000);

    for (let n = 0; n < 200; n++) {
      await events.broadcastOverlayUpdate('heatmap', { n, text });
      await turn();
    }
    await everythingIsFlushed();
    await client.received(10);
    // Its WebSocket has read and ponged all this, but nothing was handled.
    expect(client.messages.length).toBeLessThan(40);

    const acknowledge = (): void => client.send({ type: 'ack', data: { received: client.messages.length + 1 } });
    client.socket.on('message', acknowledge);
    acknowledge();
    await client.until(() => client.messages.at(-1)?.data['n'] === 199);
    expect(client.messages.length).toBeLessThan(60);
  });

  it('is told what is wrong with an acknowledgement', async () => {
    const client = await TestClient.open(`${hub.wsUrl}?acks=1`);

    for (const data of [undefined, {}, { received: -1 }, { received: 1.5 }, { received: '7' }]) {
      client.send({ type: 'ack', data });
    }

    expect((await client.received(5)).map(({ data }) => data['code'])).toEqual(Array(5).fill('INVALID_MESSAGE'));
    expect((await fetch(`${hub.url.replace('ws', 'http')}/api/events/stream?acks=2`)).status).toBe(400);
  });
});

describe('a client that is half open', () => {
  it('is pinged after 10 s of silence, and closed with 4009 in time to be gone within 20 s', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'setTimeout', 'nextTick', 'queueMicrotask', 'Date'] });
    const hub = await startHub();
    try {
      const alive = await TestClient.open(hub.wsUrl);
      const socket = rawConnect(hub.url);
      socket.on('error', () => undefined);
      const frames: number[] = [];
      let closeCode: number | undefined;
      socket.on('data', (data: Buffer) => {
        // The answer to the upgrade is no frame, and the greeting may come in one piece with it.
        const headEnd = data.indexOf('\r\n\r\n');
        for (const { opcode, payload } of split(headEnd === -1 ? data : data.subarray(headEnd + 4))) {
          frames.push(opcode);
          if (opcode === 0x8) closeCode = payload.readUInt16BE(0);
        }
      });
      socket.write(upgradeRequest('/ws/ui'));
      while (((await get(`${hub.url}/api/connections`)).body['count'] as number) < 2);
      const heard = async (opcode: number): Promise<void> => {
        while (!frames.includes(opcode)) await alive.settled();
      };

      await jest.advanceTimersByTimeAsync(11_000);
      await heard(0x9);
      await alive.settled();
      // One second is left for it to answer.
      await jest.advanceTimersByTimeAsync(8_000);
      await heard(0x8);

      expect(closeCode).toBe(4009);
      expect((await alive.settled()).length).toBe(0);
      socket.destroy();
    } finally {
      jest.useRealTimers();
      await hub.close();
    }
  });
});

describe('a client to which nothing is sent', () => {
  it('is pinged in time however many there are, and once', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'setTimeout', 'nextTick', 'queueMicrotask', 'Date'] });
    const hub = await startHub();
    try {
      const pings = new Map<number, number>();
      const clients = await Promise.all(Array.from({ length: 150 }, () => TestClient.open(hub.wsUrl)));
      clients.forEach(({ socket }, n) => socket.on('ping', () => pings.set(n, (pings.get(n) ?? 0) + 1)));

      await jest.advanceTimersByTimeAsync(11_000);
      while (pings.size < clients.length) await clients[0]?.settled();

      expect([...pings.values()]).toEqual(clients.map(() => 1));
    } finally {
      jest.useRealTimers();
      await hub.close();
    }
  });

  it('shows by a heartbeat what it has read, and by the next only that it is there', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'setTimeout', 'nextTick', 'queueMicrotask', 'Date'] });
    const hub = await startHub();
    try {
      const client = await TestClient.open(hub.wsUrl);
      const marks: number[] = [];
      client.socket.on('ping', (data) => marks.push(data.readUIntBE(0, data.length)));
      const unread = async (): Promise<unknown> => {
        const { body } = await get(`${hub.url}/api/connections`);
        return (body['connections'] as Record<string, unknown>[])[0]?.['unread'];
      };
      const greeting = await unread();
      expect(greeting).toBeGreaterThan(0);

      await jest.advanceTimersByTimeAsync(11_000);
      while ((await unread()) !== 0);
      await jest.advanceTimersByTimeAsync(11_000);
      while (marks.length < 2) await client.settled();

      expect(marks).toEqual([greeting, 0]);
      expect(await unread()).toBe(0);
    } finally {
      jest.useRealTimers();
      await hub.close();
    }
  });
});
