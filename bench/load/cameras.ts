// What three cameras send to a hub, as detectors do: over HTTP, each message by itself.
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { HubRequest } from '../../src/cli/requests.js';
import { frames } from '../../src/cli/simulation/frame.js';

/** Frames a second of each: boxes and a pose for each, and heat, zones, notes, telemetry and events, are 60 messages. */
const FPS = 28;
/** Requests under way at once. */
const MAX_SOCKETS = 8;

type Post = Pick<HubRequest, 'body'> & { path: string };

export class Cameras {
  sent = 0;
  refused = 0;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  private readonly over = new AbortController();
  private films: Promise<void>[] = [];

  constructor(private readonly url: string) {}

  /** So many events, as quickly as they are taken. */
  async sendEvents(count: number): Promise<void> {
    for (let n = 0; n < count; n += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, i) => this.post(eventOf('before', n + i))));
    }
  }

  start(sources: readonly string[]): void {
    this.films = sources.map((source, n) => this.film(source, n + 1));
  }

  async stop(): Promise<void> {
    this.over.abort();
    await Promise.allSettled(this.films);
    this.agent.destroy();
  }

  private async film(source: string, seed: number): Promise<void> {
    const film = frames(seed, FPS, source);
    const startedAt = performance.now();

    for (let n = 0; !this.over.signal.aborted; n++) {
      // Not all at the same moment.
      await delay(Math.max(0, startedAt + ((n + seed / 3) * 1000) / FPS - performance.now()));
      const { events, states } = film.next().value;
      const more = n % FPS === 0 ? [eventOf(source, n)] : [];
      await Promise.all([...events, ...states, ...more].map((message) => this.post(message)));
    }
  }

  private post({ path, body }: Post): Promise<void> {
    this.sent++;

    return new Promise((resolve, reject) => {
      const json = JSON.stringify(body);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) };
      const outgoing = request(this.url + path, { method: 'POST', agent: this.agent, headers }, (answer) => {
        if (answer.statusCode !== 202) this.refused++;
        answer.resume().once('end', () => resolve());
      });
      outgoing.once('error', reject).end(json);
    });
  }
}

function eventOf(source: string, n: number): Post {
  const data = { n, confidence: 0.9, metadata: { duration_s: 1.5 } };

  return {
    path: '/api/events/broadcast',
    body: { event_type: n % 3 === 0 ? 'bark' : 'person_entered', source, data },
  };
}
