import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createRedisClient, type RedisClient } from '../../redis/redis-client.js';
import type { HubConfig } from '../../config/hub-config.js';

/** How long one attempt may take until both connections stand, in ms. A frozen Redis accepts and then says nothing. */
const ATTEMPT_MS = 2_000;

/** Longest pause between two attempts, in ms: short, since the instances are to be back together after a restart. */
const MAX_BACKOFF_MS = 400;

/** The same for a Redis that is there but refuses to work, in ms. */
const MAX_UNUSABLE_BACKOFF_MS = 5_000;

/** How often the link is probed end to end, and how long the answer may take, in ms: together under 5 s. */
const PROBE_EVERY_MS = 2_000;
const PROBE_TIMEOUT_MS = 1_500;

export interface LinkHandlers {
  /** Both connections stand, and all channels are subscribed. */
  onUp(commands: RedisClient): void;
  /** The link is gone; what was under way on it rejects. */
  onDown(reason: string): void;
  onMessage(channel: string, text: string): void;
  /** Publishes `nonce` on `channel`, over the connection that `onUp` gave. */
  probe(channel: string, nonce: string): Promise<void>;
}

interface Up {
  readonly commands: RedisClient;
  readonly subscriber: RedisClient;
}

/**
 * The two connections to Redis, made and given up together: one for commands, one for what is published. It is alive
 * only if a message sent on the one comes back on the other, since a frozen, demoted or half-open Redis keeps its TCP
 * connections.
 */
export class RedisLink {
  private up: Up | undefined;
  private closed = false;
  private failures = 0;
  /** How often in a row the connections stood, and were of no use. */
  private unusable = 0;
  private heard: (nonce: string) => void = () => undefined;
  private probing = false;
  private probeTimer: NodeJS.Timeout | undefined;
  private readonly probeChannel: string;

  constructor(
    private readonly config: HubConfig,
    private readonly channels: readonly string[],
    private readonly handlers: LinkHandlers,
  ) {
    this.probeChannel = `${config.redisPrefix}:probe:${randomUUID()}`;
  }

  /** Connects, and goes on for ever. */
  async run(): Promise<void> {
    while (!this.closed) {
      try {
        const up = await this.attempt();
        await this.live(up);
      } catch (error) {
        this.handlers.onDown(reasonOf(error));
      }
      if (this.closed) return;
      const max = this.unusable > 2 ? MAX_UNUSABLE_BACKOFF_MS : MAX_BACKOFF_MS;
      const ceiling = Math.min(max, 50 * 2 ** Math.max(this.failures++, this.unusable));
      await delay(ceiling / 2 + (Math.random() * ceiling) / 2);
    }
  }

  /** Looks at once whether Redis still answers. */
  probeNow(): void {
    const { up } = this;
    if (!up || this.probing) return;

    this.probing = true;
    this.probe()
      .catch((error: unknown) => this.drop(up, reasonOf(error)))
      .finally(() => (this.probing = false));
  }

  /** Gives up the connections; `run` makes new ones. */
  reset(reason: string): void {
    if (this.up) this.drop(this.up, reason);
  }

  /** The connections do what they are for. */
  confirm(): void {
    this.unusable = 0;
  }

  close(): void {
    this.closed = true;
    if (this.up) this.drop(this.up, 'closed');
  }

  private async attempt(): Promise<Up> {
    const up = {
      commands: createRedisClient(this.config, { heals: false }),
      subscriber: createRedisClient(this.config, { heals: false }),
    };
    const failed = new Promise<never>((_resolve, reject) => {
      for (const client of [up.commands, up.subscriber]) client.on('error', reject);
    });
    // A failure after the race is nobody's to hear.
    failed.catch(() => undefined);

    try {
      await Promise.race([this.connect(up), failed, timeout(ATTEMPT_MS, 'no answer to the connection')]);
    } catch (error) {
      disconnect(up);
      throw error;
    }
    if (this.closed) disconnect(up);

    return up;
  }

  private async connect({ commands, subscriber }: Up): Promise<void> {
    subscriber.on('message', (channel: string, text: string) => {
      if (channel === this.probeChannel) this.heard(text);
      else this.handlers.onMessage(channel, text);
    });
    await Promise.all([commands.connect(), subscriber.connect()]);
    await Promise.all([commands.ping(), subscriber.subscribe(...this.channels, this.probeChannel)]);
  }

  /** Resolves never; rejects when the link is lost. */
  private async live(up: Up): Promise<never> {
    const lost = new Promise<never>((_resolve, reject) => {
      for (const client of [up.commands, up.subscriber]) {
        client.once('close', () => reject(new Error('connection closed')));
        client.once('end', () => reject(new Error('connection closed')));
      }
    });
    this.up = up;
    this.failures = 0;
    this.unusable++;
    this.probeTimer = setInterval(() => this.probeNow(), PROBE_EVERY_MS);
    this.handlers.onUp(up.commands);

    try {
      return await lost;
    } finally {
      clearInterval(this.probeTimer);
      this.up = undefined;
      disconnect(up);
    }
  }

  private async probe(): Promise<void> {
    const nonce = randomUUID();
    const back = new Promise<void>((resolve) => {
      this.heard = (text) => {
        if (text === nonce) resolve();
      };
    });
    const sent = this.handlers.probe(this.probeChannel, nonce);

    await Promise.race([Promise.all([sent, back]), timeout(PROBE_TIMEOUT_MS, 'no answer to the probe')]);
  }

  private drop(up: Up, reason: string): void {
    if (this.up === up) this.handlers.onDown(reason);
    disconnect(up);
  }
}

function disconnect({ commands, subscriber }: Up): void {
  commands.disconnect();
  subscriber.disconnect();
}

async function timeout(ms: number, message: string): Promise<never> {
  await delay(ms, undefined, { ref: false });
  throw new Error(message);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
