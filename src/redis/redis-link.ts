import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { HubConfig } from '../config/hub-config.js';
import { deadline } from './deadline.js';
import { findRedis } from './find-redis.js';
import { connectRedis, createRedisClient, type RedisClient } from './redis-client.js';
import { problemOf, type RedisProblem } from './redis-problem.js';

/** How long one attempt may take until both connections stand, in ms. A frozen Redis accepts and then says nothing. */
const ATTEMPT_MS = 2_000;

/** Longest pause between two attempts, in ms: short, since the instances are to be back together after a restart. */
const MAX_BACKOFF_MS = 400;

/** The same for a Redis that is there but refuses to work, in ms. */
const MAX_REFUSED_BACKOFF_MS = 3_000;

/** How often the link is probed end to end, and how long the answer may take, in ms: together under 5 s. */
const PROBE_EVERY_MS = 2_000;
const PROBE_TIMEOUT_MS = 1_500;

/** How often a Redis that refuses is tried again over the connections that stand, in ms. */
const PROBE_REFUSED_MS = 1_000;

/** After how long the connections are made anew all the same, in ms: the name may stand for another server by now. */
const REFUSED_MAX_MS = 30_000;

/** Refusals that a new connection may end: it logs in again. */
const LOGIN_CODES = new Set(['NOAUTH', 'WRONGPASS']);

/** Refusals that say that another node is the master now, where there is somebody to ask which one. */
const ELSEWHERE_CODES = new Set(['READONLY', 'MASTERDOWN', 'MOVED', 'ASK', 'CLUSTERDOWN']);

export interface LinkHandlers {
  /** Both connections stand, all channels are subscribed, and a probe has come back. */
  onUp(commands: RedisClient): void;
  /** The link is of no use, whether it was before or not: lost, not to be had, or Redis refuses what it is for. */
  onDown(problem: RedisProblem): void;
  onMessage(channel: string, text: string, commands: RedisClient): void;
  /** Does what the link is for, as far as that leaves no trace, and publishes `nonce` on `channel`. */
  probe(commands: RedisClient, channel: string, nonce: string): Promise<unknown>;
}

interface Connections {
  readonly commands: RedisClient;
  readonly subscriber: RedisClient;
  /** Since when Redis refuses, in ms of `performance.now`; `undefined` while the link is of use. */
  refusedSince: number | undefined;
  isUp: boolean;
  isProbing: boolean;
  /** Ends their life at once: those of a frozen Redis take long to close. */
  giveUp: (error: Error) => void;
}

/**
 * The two connections to Redis, made and given up together: one for commands, one for what is published. It is up only if a
 * message sent on the one comes back on the other, since a frozen, demoted or half-open Redis keeps its TCP connections.
 * Where Redis refuses, the connections stay, and each probe asks whether it still does.
 */
export class RedisLink {
  private standing: Connections | undefined;
  private readonly closing = new AbortController();
  /** How often in a row it did not come to `confirm`. */
  private failures = 0;
  private heard: (nonce: string) => void = () => undefined;
  private probeTimer: NodeJS.Timeout | undefined;
  private readonly probeChannel: string;

  constructor(
    private readonly config: HubConfig,
    private readonly channels: readonly string[],
    private readonly handlers: LinkHandlers,
  ) {
    this.probeChannel = `${config.redisPrefix}:probe:${randomUUID()}`;
  }

  /** Connects, and goes on until it is closed. Never rejects. */
  async run(): Promise<void> {
    const { signal } = this.closing;

    while (!signal.aborted) {
      let max = MAX_BACKOFF_MS;
      try {
        const connections = await this.attempt();
        max = this.failures > 2 ? MAX_REFUSED_BACKOFF_MS : MAX_BACKOFF_MS;
        await this.live(connections);
      } catch (error) {
        const problem = problemOf(error);
        if (problem.isRefusal && problem.code !== 'LOADING') max = MAX_REFUSED_BACKOFF_MS;
        if (!signal.aborted) this.handlers.onDown(problem);
      }
      const ceiling = Math.min(max, 50 * 2 ** this.failures++);
      await delay(ceiling / 2 + (Math.random() * ceiling) / 2, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Looks at once whether Redis still answers. */
  probeNow(): void {
    const { standing } = this;
    if (!standing || standing.isProbing) return;

    clearTimeout(this.probeTimer);
    standing.isProbing = true;
    this.probe(standing)
      .then(
        () => this.handleProbed(standing),
        (error: unknown) => this.handleProblem(standing, problemOf(error)),
      )
      .finally(() => {
        standing.isProbing = false;
        if (this.standing !== standing) return;
        this.probeTimer = setTimeout(() => this.probeNow(), standing.isUp ? PROBE_EVERY_MS : PROBE_REFUSED_MS);
      });
  }

  /** A command failed. One that Redis refused leaves the connections standing, any other gives them up. */
  report(error: unknown): void {
    if (this.standing) this.handleProblem(this.standing, problemOf(error));
  }

  /** The connections do what they are for. */
  confirm(): void {
    this.failures = 0;
  }

  close(): void {
    this.closing.abort();
    this.standing?.giveUp(new Error('closed'));
  }

  private async attempt(): Promise<Connections> {
    const at = await findRedis(this.config);
    const connections = {
      commands: createRedisClient(this.config, at),
      subscriber: createRedisClient(this.config, at),
      refusedSince: undefined,
      isUp: false,
      isProbing: false,
      giveUp: () => undefined,
    };

    try {
      await deadline(ATTEMPT_MS, 'no answer to the connection', this.connect(connections));
      this.closing.signal.throwIfAborted();
    } catch (error) {
      disconnect(connections);
      throw error;
    }

    return connections;
  }

  private async connect({ commands, subscriber }: Connections): Promise<void> {
    subscriber.on('message', (channel: string, text: string) => {
      if (channel === this.probeChannel) this.heard(text);
      else this.handlers.onMessage(channel, text, commands);
    });
    await Promise.all([connectRedis(commands), connectRedis(subscriber)]);
    await subscriber.subscribe(...this.channels, this.probeChannel);
  }

  /** Resolves never; rejects when the link is lost. */
  private async live(connections: Connections): Promise<never> {
    const lost = new Promise<never>((_resolve, reject) => {
      connections.giveUp = reject;
      for (const client of [connections.commands, connections.subscriber]) {
        client.once('error', reject);
        client.once('close', () => reject(new Error('connection closed')));
        client.once('end', () => reject(new Error('connection closed')));
      }
    });
    this.standing = connections;
    this.probeNow();

    try {
      return await lost;
    } finally {
      clearTimeout(this.probeTimer);
      this.standing = undefined;
      disconnect(connections);
    }
  }

  private async probe({ commands }: Connections): Promise<void> {
    const nonce = randomUUID();
    const back = new Promise<void>((resolve) => {
      this.heard = (text) => {
        if (text === nonce) resolve();
      };
    });
    const sent = this.handlers.probe(commands, this.probeChannel, nonce);

    await deadline(PROBE_TIMEOUT_MS, 'no answer to the probe', Promise.all([sent, back]));
  }

  private handleProbed(connections: Connections): void {
    if (this.standing !== connections || connections.isUp) return;

    connections.isUp = true;
    this.handlers.onUp(connections.commands);
  }

  private handleProblem(connections: Connections, problem: RedisProblem): void {
    if (this.standing !== connections || this.closing.signal.aborted) return;

    if (connections.isUp) connections.refusedSince = undefined;
    connections.isUp = false;
    connections.refusedSince ??= performance.now();
    this.handlers.onDown(problem);
    if (!this.canStay(problem, connections.refusedSince)) connections.giveUp(new Error(problem.text));
  }

  /** Whether what Redis refuses now it may take later, over the same connection. */
  private canStay({ isRefusal, code }: RedisProblem, since: number): boolean {
    if (!isRefusal || LOGIN_CODES.has(code)) return false;
    const { redisSentinels, redisCluster } = this.config;
    if ((redisSentinels ?? redisCluster) && ELSEWHERE_CODES.has(code)) return false;

    return performance.now() - since < REFUSED_MAX_MS;
  }
}

function disconnect({ commands, subscriber }: Connections): void {
  commands.disconnect();
  subscriber.disconnect();
}
