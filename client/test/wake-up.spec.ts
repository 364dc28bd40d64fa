import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { PATIENCE_MS, until } from '../../test/support/cluster.js';
import { createHubClient } from '../src/index.js';
import { type Peer, type Script, ScriptedServer } from './support/scripted-server.js';
import { WatchedClient } from './support/watched-client.js';

const FAST = { minMs: 1, maxMs: 5, stableMs: 20 };

/** Longer than any test. */
const FOR_EVER = 2_000_000_000;

/** A page around the client: what it asks of one, and nothing else. */
class Page extends EventTarget {
  readonly listeners: string[] = [];
  hidden = false;

  override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
    this.listeners.push(args[0]);
    super.addEventListener(...args);
  }

  override removeEventListener(...args: Parameters<EventTarget['removeEventListener']>): void {
    this.listeners.splice(this.listeners.indexOf(args[0]), 1);
    super.removeEventListener(...args);
  }
}

function shown(persisted: boolean): Event {
  return Object.assign(new Event('pageshow'), { persisted });
}

describe('a client', () => {
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

  describe('in a page', () => {
    const scope = globalThis as unknown as Record<string, unknown>;
    let window: Page;
    let document: Page;

    beforeEach(() => {
      [window, document] = [new Page(), new Page()];
      scope['document'] = document;
      scope['addEventListener'] = window.addEventListener.bind(window);
      scope['removeEventListener'] = window.removeEventListener.bind(window);
    });
    afterEach(() => {
      for (const name of ['document', 'addEventListener', 'removeEventListener']) delete scope[name];
    });

    it.each([
      ['the network is back', (): unknown => window.dispatchEvent(new Event('online'))],
      ['the page is seen again', (): unknown => document.dispatchEvent(new Event('visibilitychange'))],
      ['the page comes by the back button', (): unknown => window.dispatchEvent(shown(true))],
      ['the page goes on after it was frozen', (): unknown => document.dispatchEvent(new Event('resume'))],
    ])('connects at once when %s', async (_, wake) => {
      script = () => undefined;
      watch({ backoff: { minMs: 60_000, maxMs: 600_000 } });
      await watched.untilState('waiting');
      script = () => greet;

      document.hidden = true;
      document.dispatchEvent(new Event('visibilitychange'));
      expect(watched.client.state.name).toBe('waiting');
      document.hidden = false;
      wake();

      await watched.untilState('open');
      expect(server.visits).toHaveLength(2);
    });

    it('is not woken by a page that is shown for the first time', async () => {
      script = () => undefined;
      watch({ backoff: { minMs: 60_000, maxMs: 600_000 } });
      await watched.untilState('waiting');

      window.dispatchEvent(shown(false));

      expect(watched.client.state.name).toBe('waiting');
    });

    describe('with a socket that is dead, though the browser calls it open', () => {
      const mute = (peer: Peer): void => {
        greet(peer);
        peer.pongDelayMs = Infinity;
      };

      it.each([0, 1])('is back within a moment after a wake-up, after %i connections more', async (more) => {
        script = ({ id }) => (Number(id) <= more ? mute : greet);
        watch({ heartbeatMs: FOR_EVER, backoff: { minMs: FOR_EVER, maxMs: FOR_EVER } });
        for (let n = 0; n <= more; n++) {
          await watched.until(() => server.visits.length === n + 1 && watched.client.state.name === 'open');
          document.dispatchEvent(new Event('resume'));
          // What comes with it changes nothing.
          window.dispatchEvent(new Event('online'));
          document.dispatchEvent(new Event('visibilitychange'));
        }
        await watched.until(() => server.visits.length === more + 2 && watched.client.state.name === 'open');

        expect(watched.losses).toBe(0);
      });

      it('gives up a try to connect that was under way, too', async () => {
        script = ({ id }) => (id === '0' ? () => undefined : greet);
        watch({ heartbeatMs: FOR_EVER });
        await until(
          PATIENCE_MS,
          () => server.visits.length === 1,
          () => 'no visit',
        );

        document.dispatchEvent(new Event('resume'));

        await watched.untilState('open');
        expect(server.visits.length).toBe(2);
      });
    });

    it('keeps a socket that answers, or that brings anything', async () => {
      let peer: Peer | undefined;
      script = () => (joined) => {
        peer = joined;
        greet(joined);
        joined.pongDelayMs = Infinity;
      };
      watch({ heartbeatMs: FOR_EVER });
      await watched.untilState('open');

      document.dispatchEvent(new Event('resume'));
      const feed = setInterval(() => peer?.send({ type: 'telemetry', data: {} }), 100);
      await watched.until(({ messages }) => messages.length >= 25);
      clearInterval(feed);

      expect(server.visits).toHaveLength(1);
      expect(watched.states.map(({ name }) => name)).toEqual(['connecting', 'open']);
    });

    it('has no listeners before it connects nor after it is closed', async () => {
      const client = createHubClient({ url: server.url, WebSocket, connect: false });
      expect([window.listeners, document.listeners]).toEqual([[], []]);

      for (let n = 0; n < 3; n++) {
        client.connect();
        client.reconnect();
        expect([window.listeners, document.listeners]).toEqual([
          ['online', 'pageshow'],
          ['visibilitychange', 'resume'],
        ]);
        client.close();
        expect([window.listeners, document.listeners]).toEqual([[], []]);
      }
    });
  });
});
