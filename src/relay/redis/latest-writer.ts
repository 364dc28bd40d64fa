import { setTimeout as delay } from 'node:timers/promises';
import type { Delivery } from '../../protocol/messages.js';
import type { RedisClient } from '../../redis/redis-client.js';
import type { Publication, Receipt } from '../relay.js';
import type { RedisLog } from './redis-log.js';

/** Most overlays and readings that Redis has not taken yet; what comes on top is for the connections here only. */
const MAX_UNDER_WAY = 64;

/** What stands while the link is up. */
export interface Up {
  readonly commands: RedisClient;
  readonly log: RedisLog;
  /** Overlays and readings that Redis has not taken yet. */
  latestUnderWay: number;
}

export interface LatestHandlers {
  /** Brings a message to the connections here. */
  deliver(delivery: Delivery): void;
  /** The message as the other instances get it; `undefined` while the time of Redis is not known. */
  envelope(json: string): string | undefined;
}

/** Publishes messages of class latest: here first and at once, to the others as far as Redis keeps up. */
export class LatestWriter {
  constructor(
    private readonly options: { shareDeadlineMs: number; channel: string },
    private readonly handlers: LatestHandlers,
  ) {}

  /** Returns what is known of the key where the message is not the first; `undefined` where it was delivered. */
  async publish(publication: Publication, up: Up | undefined): Promise<Pick<Receipt, 'keyWas'> | undefined> {
    const { message, json, idempotencyKey, fingerprint = '', heardByAll } = publication;
    let keyWas: Receipt['keyWas'];
    const claim = async (key: string): Promise<boolean> => {
      const outcome = (await up?.log.claim(key, fingerprint)) ?? 'first';
      if (outcome !== 'first') keyWas = outcome;
      return outcome === 'first';
    };
    const isFirst = await this.inTime(
      idempotencyKey === undefined || claim(idempotencyKey),
      (heardByAll === undefined || up?.log.claimHeard(heardByAll)) ?? true,
    );
    if (!isFirst) return keyWas ? { keyWas } : {};

    this.handlers.deliver({ message, json });
    if (up) this.share(json, up);

    return undefined;
  }

  private share(json: string, up: Up): void {
    const envelope = up.latestUnderWay < MAX_UNDER_WAY ? this.handlers.envelope(json) : undefined;
    if (envelope === undefined) return;

    up.latestUnderWay++;
    up.commands
      .publish(this.options.channel, envelope)
      .catch(() => undefined)
      .finally(() => up.latestUnderWay--);
  }

  /** Whether all of these hold; one that Redis does not answer in time counts as holding. */
  private async inTime(...claims: (boolean | Promise<boolean>)[]): Promise<boolean> {
    if (claims.every((claim) => claim === true)) return true;
    const all = Promise.all(claims.map(async (claim) => claim)).then(
      (answers) => answers.every(Boolean),
      () => true,
    );

    return Promise.race([all, delay(this.options.shareDeadlineMs, true)]);
  }
}
