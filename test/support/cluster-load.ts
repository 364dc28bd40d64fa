import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster, Instance } from './cluster.js';

/** After this a POST is given up, and counts as slow. */
const POST_TIMEOUT_MS = 5_000;
const RETRY_PAUSE_MS = 20;
const MAX_TRIES = 100;
const TICK_MS = 10;
const SOURCES = 10;

export interface Attempt {
  readonly instance: Instance;
  /** Which start of the instance. */
  readonly start: number;
  /** Time of `performance.now()`, in ms. */
  readonly at: number;
  ms?: number;
  /** HTTP status, or what went wrong. */
  outcome?: number | string;
}

/** A message that a producer brings to the hub, until an instance takes it. */
export interface Posted {
  readonly n: number;
  readonly attempts: Attempt[];
  /** Of the 202, if there was one. */
  id?: string;
  shared?: boolean;
}

interface PostAnswer {
  outcome: number | string;
  body?: Pick<Posted, 'id' | 'shared'>;
}

export interface LoadOptions {
  cluster: Cluster;
  /** Begin of each `Idempotency-Key`. */
  name: string;
  eventsPerSecond: number;
  overlaysPerSecond: number;
}

/**
 * Producers as good users write them: one POST after the other goes to the next instance. An event that is not answered
 * is sent again, to the one after, with the same `Idempotency-Key`; an overlay only where nobody took the connection.
 */
export class Load {
  /** By `data.n`. */
  readonly events: Posted[] = [];
  /** By `data.n`. */
  readonly overlays: Posted[] = [];
  private readonly agent = new Agent({ keepAlive: true });
  private readonly underWay = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private startedAt = 0;

  constructor(private readonly options: LoadOptions) {}

  start(): void {
    this.startedAt = performance.now();
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  /** No new POSTs; resolves when all have their answer. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.underWay);
  }

  /** Stops, and frees the connections. */
  async close(): Promise<void> {
    await this.stop();
    this.agent.destroy();
  }

  /** One event more, at this instance first. */
  async event(firstInstance: number): Promise<Posted> {
    const { name } = this.options;
    const posted: Posted = { n: this.events.length, attempts: [] };
    this.events.push(posted);
    const body = { event_type: 'bark', data: { n: posted.n } };
    await this.bring(posted, '', body, firstInstance, { 'idempotency-key': `${name}-${posted.n}` });

    return posted;
  }

  private tick(): void {
    const seconds = (performance.now() - this.startedAt) / 1000;
    const { eventsPerSecond, overlaysPerSecond } = this.options;
    while (this.events.length < seconds * eventsPerSecond) this.track(this.event(this.events.length));
    while (this.overlays.length < seconds * overlaysPerSecond) this.track(this.overlay());
  }

  private async overlay(): Promise<Posted> {
    const n = this.overlays.length;
    const posted: Posted = { n, attempts: [] };
    this.overlays.push(posted);
    const boxes = [{ x: n % 640, y: 150, w: 200, h: 300, label: 'dog', confidence: 0.95 }];
    const body = { overlay_type: 'detection', source: `cam-${n % SOURCES}`, data: { n, boxes } };
    await this.bring(posted, '/overlay', body, n, {});

    return posted;
  }

  private track(work: Promise<Posted>): void {
    const settled: Promise<void> = work.then(
      () => undefined,
      () => undefined,
    );
    this.underWay.add(settled);
    void settled.then(() => this.underWay.delete(settled));
  }

  private async bring(
    posted: Posted,
    path: string,
    body: object,
    firstInstance: number,
    headers: Record<string, string>,
  ): Promise<void> {
    const { cluster } = this.options;
    const json = JSON.stringify(body);

    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const instance = cluster.at(firstInstance + tries);
      const attempt: Attempt = { instance, start: instance.starts, at: performance.now() };
      posted.attempts.push(attempt);
      const answer = await this.post(`${instance.url}/api/events/broadcast${path}`, json, headers);
      attempt.ms = performance.now() - attempt.at;
      attempt.outcome = answer.outcome;
      if (answer.outcome === 202) {
        Object.assign(posted, answer.body);
        return;
      }
      // Without a key it may only be sent again where it surely was not taken.
      if (!('idempotency-key' in headers) && answer.outcome !== 503 && answer.outcome !== 'ECONNREFUSED') return;
      if (tries % cluster.instances.length === 0) await delay(RETRY_PAUSE_MS);
    }
  }

  private post(url: string, json: string, more: Record<string, string>): Promise<PostAnswer> {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json), ...more };

    return new Promise((resolve) => {
      const outgoing = request(url, { method: 'POST', agent: this.agent, headers, timeout: POST_TIMEOUT_MS });
      const fail = (error: NodeJS.ErrnoException): void => resolve({ outcome: error.code ?? error.message });
      outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
      outgoing.on('error', fail);
      outgoing.on('response', (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('error', fail);
        response.on('end', () => {
          const { id, shared } = JSON.parse(text) as Posted;
          const body = { ...(id !== undefined && { id }), ...(shared !== undefined && { shared }) };
          resolve({ outcome: response.statusCode ?? 0, body });
        });
      });
      outgoing.end(json);
    });
  }
}
