import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Peer, ScriptedServer, type Visit } from './support/scripted-server.js';
import { WatchedClient } from './support/watched-client.js';

const HEARTBEAT_MS = 40;

/** One thing that goes right or wrong, at the server or at the client. */
type Step =
  | { does: 'event'; n: number; hasOffset: boolean }
  | { does: 'overlay' | 'garbage' | 'binary' | 'greetAgain' | 'resetMidFrame' | 'terminate' | 'silence' }
  | { does: 'close'; code: number }
  | { does: 'pongs'; delayMs: number }
  | { does: 'clock'; byMs: number }
  | { does: 'client'; call: 'reconnect' | 'restart' | 'subscribe' | 'ping' };

/** How one try to connect goes. */
interface Plan {
  welcome: 'refuse' | 'ignore' | 'greet';
  recovered: boolean | undefined;
  hasOffset: boolean;
  steps: Step[];
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ does: fc.constant('event' as const), n: fc.nat(30), hasOffset: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.constantFrom('overlay', 'garbage', 'binary', 'greetAgain').map((does) => ({ does })) },
  { weight: 1, arbitrary: fc.constantFrom('resetMidFrame', 'terminate', 'silence').map((does) => ({ does })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(1000, 1001, 1008, 1009, 1011, 1013, 4008, 4009, 4401, 4499, 4500, 4999)
      .map((code) => ({ does: 'close' as const, code })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(5, 30, Infinity).map((delayMs) => ({ does: 'pongs' as const, delayMs })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(-86_400_000, -5_000, 5_000, 86_400_000).map((byMs) => ({ does: 'clock', byMs })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('reconnect', 'restart', 'subscribe', 'ping')
      .map((call) => ({ does: 'client' as const, call })),
  },
) as fc.Arbitrary<Step>;

const plan: fc.Arbitrary<Plan> = fc.record({
  welcome: fc.oneof(
    { weight: 6, arbitrary: fc.constant('greet' as const) },
    { weight: 1, arbitrary: fc.constantFrom('refuse' as const, 'ignore' as const) },
  ),
  recovered: fc.constantFrom(true, true, false, undefined),
  hasOffset: fc.boolean(),
  steps: fc.array(step, { maxLength: 12 }),
});

const CLOCK = Date.now.bind(Date);

const offsetOf = (n: number): string => `${1_000 + n}-0`;

/** Plays one plan after the other, then behaves. */
class Play {
  watched: WatchedClient | undefined;
  private readonly plans: Plan[];

  constructor(plans: readonly Plan[]) {
    this.plans = [...plans];
  }

  readonly script = ({ query }: Visit): ((peer: Peer) => void) | undefined => {
    const next = this.plans.shift();
    if (next?.welcome === 'refuse') return undefined;
    if (next?.welcome === 'ignore') return (peer) => (peer.pongDelayMs = Infinity);

    return (peer) => {
      const isResume = query.has('since');
      const recovered = isResume ? (next ? next.recovered : true) : undefined;
      const hasOffset = next?.hasOffset ?? true;
      peer.greet({ ...(hasOffset && { offset: offsetOf(15) }), ...(recovered !== undefined && { recovered }) });
      if (next) this.perform(next.steps, peer);
      else peer.send({ type: 'event', event_type: 'last', id: 'last', data: {} });
    };
  };

  /** Resolves when all plans are played and the client has the last event. A client that has closed is told to go on. */
  async end(watched: WatchedClient): Promise<void> {
    while (!watched.ids.includes('last')) {
      await watched.until(({ client, ids }) => client.state.name === 'closed' || ids.includes('last'));
      if (watched.client.state.name === 'closed') watched.client.connect();
    }
  }

  /** The steps, and an end where none of them is one. A silent server leaves it to the client. */
  private perform(steps: readonly Step[], peer: Peer): void {
    for (const each of steps) this.take(each, peer);
    if (peer.pongDelayMs === Infinity) return;

    setTimeout(() => peer.close(1001), peer.pongDelayMs > 0 ? 2 * HEARTBEAT_MS : 0);
  }

  private take(each: Step, peer: Peer): void {
    switch (each.does) {
      case 'event': {
        const data = { n: each.n };
        const message = { type: 'event', event_type: 'bark', data, id: `id-${each.n}` };
        peer.send(each.hasOffset ? { ...message, offset: offsetOf(each.n) } : message);
        break;
      }
      case 'overlay':
        peer.send({ type: 'overlay', overlay_type: 'zone', data: {} });
        break;
      case 'garbage':
        for (const text of ['', 'null', '[]', '{', '{"type":1}', '{"type":"event"}', '{"data":{}}']) peer.send(text);
        break;
      case 'binary':
        peer.send(Buffer.from([1, 2, 3]));
        break;
      case 'greetAgain':
        peer.greet({ recovered: false });
        break;
      case 'resetMidFrame':
      case 'terminate':
        peer[each.does]();
        break;
      case 'silence':
        peer.pongDelayMs = Infinity;
        break;
      case 'close':
        peer.close(each.code);
        break;
      case 'pongs':
        peer.pongDelayMs = each.delayMs;
        break;
      case 'clock':
        Date.now = () => CLOCK() + each.byMs;
        break;
      case 'client':
        this.call(each.call);
        break;
    }
  }

  private call(name: 'reconnect' | 'restart' | 'subscribe' | 'ping'): void {
    const { client } = this.watched ?? {};
    if (name === 'reconnect') client?.reconnect();
    if (name === 'subscribe') client?.subscribe({ types: ['event'] });
    if (name === 'ping') client?.send({ type: 'ping' });
    if (name !== 'restart') return;

    client?.close();
    client?.connect();
  }
}

describe('the state machine', () => {
  afterEach(() => {
    Date.now = CLOCK;
  });

  it('stays in its states, with one socket at most, and brings no id twice, whatever the server does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { minLength: 1, maxLength: 6 }), async (plans) => {
        const play = new Play(plans);
        const server = await ScriptedServer.start(play.script);
        const watched = new WatchedClient({
          url: server.url,
          backoff: { minMs: 1, maxMs: 5, stableMs: 20 },
          heartbeatMs: HEARTBEAT_MS,
        });
        play.watched = watched;

        try {
          await play.end(watched);
          watched.client.close();

          expect(watched.wrongs).toEqual([]);
          expect(watched.ids).toEqual([...new Set(watched.ids)]);
          expect(watched.live).toBe(0);
          expect(watched.gaps).toHaveLength(gapsOf(server.visits, watched.opened));
        } finally {
          watched.client.close();
          await server.close();
          Date.now = CLOCK;
        }
      }),
      { numRuns: 150 },
    );
  });
});

/** How many of the connections that opened the client could not know to be without a gap. */
function gapsOf(visits: readonly Visit[], opened: readonly (string | undefined)[]): number {
  return opened.filter((id, index) => {
    const visit = visits.find((each) => each.id === id);

    return visit?.query.has('since') ? visit.greeting?.recovered !== true : index > 0;
  }).length;
}
