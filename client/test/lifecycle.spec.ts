import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WebSocket } from 'ws';
import { PATIENCE_MS, until } from '../../test/support/cluster.js';
import { createHubClient, type HubState } from '../src/index.js';
import { type Peer, type Script, ScriptedServer } from './support/scripted-server.js';
import { WatchedClient } from './support/watched-client.js';

const FAST = { minMs: 1, maxMs: 5, stableMs: 20 };

/** Longer than any test. */
const FOR_EVER = 2_000_000_000;

const REAL_TIMERS = ['Date', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'setTimeout'] as const;

describe('a client of a server without manners', () => {
  let server: ScriptedServer;
  let watched: WatchedClient;
  let script: Script;

  const greet = (peer: Peer): void => peer.greet({ offset: '1-0' });

  beforeEach(async () => {
    script = () => greet;
    server = await ScriptedServer.start((visit) => script(visit));
  });
  afterEach(async () => {
    watched?.client.close();
    await server.close();
  });

  function watch(options: Partial<ConstructorParameters<typeof WatchedClient>[0]> = {}): WatchedClient {
    watched = new WatchedClient({ url: server.url, backoff: FAST, ...options });

    return watched;
  }

  describe('that falls silent', () => {
    const heartbeatMs = 10_000;

    beforeEach(() => {
      // The beats of the client, and nothing else.
      jest.useFakeTimers({ doNotFake: [...REAL_TIMERS] });
    });
    afterEach(() => void jest.useRealTimers());

    it('finds it stale, then dead, within two heartbeats, though its socket is open', async () => {
      script = ({ id }) =>
        id === '0'
          ? (peer) => {
              greet(peer);
              peer.pongDelayMs = Infinity;
            }
          : greet;
      watch({ heartbeatMs });
      await watched.untilState('open');

      jest.advanceTimersByTime(2 * heartbeatMs);

      expect(watched.states.map(({ name }) => name)).toEqual(['connecting', 'open', 'stale', 'waiting']);
      await watched.untilState('open');
    });

    it('is open again when a stale hub speaks', async () => {
      let peer: Peer | undefined;
      script = () => (joined) => {
        peer = joined;
        greet(joined);
        joined.pongDelayMs = Infinity;
      };
      watch({ heartbeatMs });
      await watched.untilState('open');
      jest.advanceTimersByTime(1.5 * heartbeatMs);
      expect(watched.client.state.name).toBe('stale');

      peer?.send({ type: 'telemetry', data: {} });
      await watched.untilState('open');

      expect(watched.states.map(({ name }) => name)).toEqual(['connecting', 'open', 'stale', 'open']);
    });
  });

  it.each([1008, 4500, 4999])('stays closed after %i, and connects when it is told to', async (code) => {
    script =
      ({ id }) =>
      (peer) => {
        greet(peer);
        if (id === '0') peer.close(code);
      };
    watch();

    await watched.untilState('closed');
    expect(watched.client.state).toEqual({ name: 'closed', reason: 'scripted', code });
    expect(server.visits).toHaveLength(1);

    watched.client.connect();
    await watched.untilState('open');
  });

  it('asks for a token anew at each connect, and tells when there is none', async () => {
    let tokens = 0;
    const errors: unknown[] = [];
    script = () => (peer) => {
      greet(peer);
      if (server.visits.length < 2) peer.close(4401);
    };
    watch({
      getToken: () => {
        if (tokens++ === 1) throw new Error('signed out');
        return Promise.resolve(`token ${tokens}`);
      },
    });
    watched.client.on('error', ({ code, message }) => errors.push([code, message]));

    await watched.until(() => server.visits.length === 2 && watched.client.state.name === 'open');

    expect(server.visits.map(({ query }) => query.get('token'))).toEqual(['token 1', 'token 3']);
    expect(errors).toEqual([['TOKEN_FAILED', 'signed out']]);
  });

  it('gives up a token that does not come', async () => {
    let calls = 0;
    watch({ heartbeatMs: 2_000, getToken: () => (calls++ === 0 ? new Promise<string>(() => undefined) : 'late') });

    await watched.untilState('open');

    expect(watched.states.map(({ name }) => name)).toEqual(['connecting', 'waiting', 'connecting', 'open']);
    expect(server.visits).toHaveLength(1);
  });

  it('waits longer with each try, and only a short time again after a connection that stood', async () => {
    script = () => undefined;
    watch({ backoff: { minMs: 4, maxMs: 16, stableMs: 10 } });
    await watched.until(({ losses }) => losses === 5);
    const attempts = watched.states.map((state) => ('attempt' in state ? state.attempt : 0));
    expect(attempts.slice(0, 10)).toEqual([1, 2, 2, 3, 3, 4, 4, 5, 5, 6]);

    let peer: Peer | undefined;
    script = () => (joined) => greet((peer = joined));
    await watched.untilState('open');
    await new Promise((resolve) => setTimeout(resolve, 50));
    peer?.close(4008);
    await watched.untilState('waiting');
    expect(watched.client.state).toMatchObject({ attempt: 1 });
  });

  it('sends nothing while it has no hub', async () => {
    script = () => undefined;
    watch();

    expect(watched.client.send({ type: 'ping' })).toBe(false);
    watched.client.close();
    expect(watched.client.send({ type: 'ping' })).toBe(false);
  });

  it('leaves nothing behind when it is closed, in whatever state it is', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();

    for (const name of ['connecting', 'open', 'waiting'] as const) {
      script = () => (name === 'waiting' ? undefined : greet);
      const { client } = watch({ backoff: { minMs: FOR_EVER, maxMs: FOR_EVER, stableMs: FOR_EVER } });
      if (name !== 'connecting') await watched.untilState(name);

      const seen: HubState[] = [];
      client.on('state', (state) => seen.push(state));
      client.close();
      client.close();

      expect(seen).toEqual([{ name: 'closed', reason: 'closed by the page' }]);
      expect([watched.live, watched.wrongs]).toEqual([0, []]);
    }
    // Those of the sockets end by themselves.
    await until(
      PATIENCE_MS,
      () => timers() <= before,
      () => `${timers()} timers, and ${before} before`,
    );
  });

  it('says good-bye when it is closed', async () => {
    let peer: Peer | undefined;
    script = () => (joined) => greet((peer = joined));
    watch();
    await watched.untilState('open');

    watched.client.close();

    expect(await peer?.closed).toBe(1000);
  });

  it('does what a handler of its state tells it, in one order for all handlers', async () => {
    watch();
    const [first, second]: string[][] = [[], []];
    watched.client.on('state', ({ name }) => {
      first?.push(name);
      if (name === 'open') watched.client.close();
    });
    watched.client.on('state', ({ name }) => second?.push(name));

    await watched.untilState('closed');

    expect(first).toEqual(['open', 'closed']);
    expect(second).toEqual(first);
    expect(watched.live).toBe(0);
  });
});

describe('createHubClient', () => {
  it.each([
    ['an address that is none', { url: 'ftp://dog' }, /must begin with ws: or http:/],
    ['a path without a page', { url: '/ws/ui' }, /Invalid URL/],
    ['an empty list in the filter', { url: 'ws://dog', filter: { types: [] } }, /filter.types must be a list/],
  ])('refuses %s', (_, options, message) => {
    expect(() => createHubClient({ WebSocket, ...options })).toThrow(message);
  });

  it('refuses to begin where there is no WebSocket', () => {
    // Newer versions of Node have one of their own.
    const own = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');
    Reflect.deleteProperty(globalThis, 'WebSocket');
    try {
      expect(() => createHubClient({ url: 'ws://dog' })).toThrow(/there is no WebSocket here/);
    } finally {
      if (own) Object.defineProperty(globalThis, 'WebSocket', own);
    }
  });
});
