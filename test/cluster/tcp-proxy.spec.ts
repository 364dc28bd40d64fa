import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TcpProxy } from '../support/tcp-proxy.js';

describe('a network of the tests', () => {
  let server: Server;
  let accepted: Socket[];
  let heard: string[];
  let proxy: TcpProxy;
  let client: Socket;
  let answers: string;

  /** Answers every chunk with the same in capitals. */
  beforeEach(async () => {
    accepted = [];
    heard = [];
    answers = '';
    server = createServer((socket) => {
      accepted.push(socket);
      socket.on('data', (chunk) => {
        heard.push(chunk.toString());
        socket.write(chunk.toString().toUpperCase());
      });
      socket.on('error', () => undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    proxy = await TcpProxy.start({ targetPort: (server.address() as AddressInfo).port });
    client = await open();
  });
  afterEach(async () => {
    client.destroy();
    await proxy.close();
    server.close();
  });

  async function open(): Promise<Socket> {
    const socket = connect(proxy.port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  async function ask(text: string): Promise<void> {
    client.write(text);
    while (!answers.includes(text.toUpperCase())) answers += String((await once(client, 'data'))[0]);
  }

  async function untilTorn(): Promise<void> {
    while (proxy.torn === 0) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Also where it closes with an error, as a reset does. */
  function closeOf(socket: Socket): Promise<void> {
    return new Promise((resolve) => socket.once('close', () => resolve()));
  }

  async function untilHeard(text: string): Promise<void> {
    while (!heard.join('').includes(text)) await new Promise((resolve) => setImmediate(resolve));
  }

  it('passes bytes both ways', async () => {
    await ask('sit');

    expect(heard).toEqual(['sit']);
    expect(answers).toBe('SIT');
  });

  it('loses what the client sends, keeps the connection, and resets it when it heals', async () => {
    await ask('sit');
    proxy.blackhole('up');
    client.write('lost');
    accepted[0]?.write('still heard');
    expect(String((await once(client, 'data'))[0])).toBe('still heard');
    expect(client.readyState).toBe('open');
    await untilTorn();

    const closed = closeOf(client);
    proxy.blackhole(null);
    await closed;
    client = await open();
    await ask('stand');

    expect(heard).toEqual(['sit', 'stand']);
  });

  it('loses what the server answers', async () => {
    await ask('sit');
    proxy.blackhole('down');
    client.write('lie');
    await untilTorn();
    expect(heard).toContain('lie');
    expect(client.readyState).toBe('open');

    const rest: string[] = [];
    client.on('data', (chunk) => rest.push(chunk.toString()));
    const closed = closeOf(client);
    proxy.blackhole(null);
    await closed;

    expect(rest).toEqual([]);
  });

  it('leaves connections that lost nothing alone when it heals', async () => {
    await ask('sit');
    proxy.blackhole('both');
    proxy.blackhole(null);
    await ask('stand');

    expect(answers).toBe('SITSTAND');
  });

  it('takes new connections while it is cut, and tells neither side of the end of the other', async () => {
    proxy.blackhole('up');
    const late = await open();
    while (accepted.length < 2) await once(server, 'connection');
    late.write('lost');
    late.destroy();
    await untilTorn();
    expect(accepted[1]?.destroyed).toBe(false);

    const closed = closeOf(accepted[1] as Socket);
    proxy.blackhole(null);
    await closed;
  });

  it('keeps bytes that it holds, and delivers them in order when it heals', async () => {
    await ask('a');
    proxy.hold('up');
    client.write('b');
    client.write('c');
    accepted[0]?.write('-');
    expect(String((await once(client, 'data'))[0])).toBe('-');

    proxy.hold(null);
    await untilHeard('bc');

    expect(heard.join('')).toBe('abc');
  });

  it('holds what comes to those that have subscribed, and not what others are answered', async () => {
    await ask('subscribe dogs');
    const subscriber = client;
    client = await open();
    await ask('get dog');

    proxy.holdPublished(true);
    let published = '';
    subscriber.on('data', (chunk) => (published += chunk.toString()));
    accepted[0]?.write('woof');
    await ask('get cat');
    expect(published).toBe('');

    proxy.holdPublished(false);
    if (published === '') await once(subscriber, 'data');
    expect(published).toBe('woof');
    subscriber.destroy();
  });

  it('delays bytes and keeps their order when the delay ends', async () => {
    await ask('a');
    proxy.delay(150);
    const startedAt = performance.now();
    client.write('b');
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    proxy.delay(0);
    await ask('c');

    expect(performance.now() - startedAt).toBeGreaterThan(140);
    expect(heard.join('')).toBe('abc');
  });

  it('passes on the end of either side', async () => {
    await ask('sit');
    const ended = once(accepted[0] as Socket, 'end');
    client.end();
    await ended;
    accepted[0]?.end();
    await closeOf(client);

    expect(proxy.size).toBe(0);
  });

  it('resets all connections when told', async () => {
    await ask('sit');
    const closed = closeOf(client);
    proxy.reset();
    await closed;

    expect(proxy.size).toBe(0);
  });
});
