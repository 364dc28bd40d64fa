import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Command } from '../inputs/redis.js';
import { type Placeholder, PLACEHOLDERS } from '../inputs/values.js';

const MAX_UNDER_WAY = 400;
const LOOK_EVERY_MS = 200;
const KEY = '{dogmonitor}';
const FUTURE_MS = 86_400_000;
const SIGNED = /^(.*),"offset":"([^"]*)","prev":"([^"]*)","log":"[^"]*","sign":"@SIGN@"}$/s;
const ANY = new RegExp(PLACEHOLDERS.join('|'), 'g');

/** What only a run knows, as it is now. */
export class Knowledge {
  private readonly values: Record<Placeholder, string> = {
    '@TOP@': '0-0',
    '@NOW@': '0',
    '@FUTURE@': '0',
    '@EPOCH@': 'none',
    '@TOKEN@': 'none',
    '@ORIGIN@': 'none',
    '@PROBE@': 'none',
    '@CONNECTION@': 'none',
    '@META@': 'epoch',
    '@HEARD@': 'none',
    '@TAMPERED@': 'none',
    '@SIGN@': 'none',
  };
  private subscriber: Redis | undefined;
  private timer: NodeJS.Timeout | undefined;
  private looks = 0;

  /** Looks into Redis from now on. */
  async watch(redis: Redis, reader: () => { offset: string; connectionId: string }): Promise<void> {
    const look = async (): Promise<void> => {
      const [token, meta, origins, probes] = await Promise.all([
        redis.hget(`${KEY}:meta`, 'epoch'),
        redis.hkeys(`${KEY}:meta`),
        redis.hkeys(`${KEY}:instances`),
        redis.pubsub('CHANNELS', 'dogmonitor:probe:*') as Promise<string[]>,
      ]);
      const nth = (list: readonly string[]): string => list[this.looks % Math.max(1, list.length)] ?? 'none';
      const { offset, connectionId } = reader();
      this.looks++;
      Object.assign(this.values, {
        // An odd one is there until the hubs see it: with that, a message would be of no hub, but of a stranger.
        ...(/^[\w-]{1,64}\.\w+$/.test(token ?? '') && { '@EPOCH@': token?.split('.')[0], '@TOKEN@': token }),
        '@META@': nth(meta),
        '@ORIGIN@': nth(origins),
        '@PROBE@': nth(probes),
        '@TOP@': offset,
        '@CONNECTION@': connectionId,
      });
    };

    this.subscriber = redis.duplicate();
    this.subscriber.on('messageBuffer', (_, message: Buffer) => this.hear(message.toString('latin1')));
    await this.subscriber.subscribe('dogmonitor:events');
    await look();
    this.timer = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.subscriber?.disconnect();
  }

  /** Puts it in the place of what stands for it. */
  fill(bytes: Buffer): Buffer {
    return bytes.includes(0x40) ? Buffer.from(this.sign(this.fillText(bytes.toString('latin1'))), 'latin1') : bytes;
  }

  fillText(text: string): string {
    return text.replace(ANY, (found) => {
      if (found === '@NOW@') return String(Date.now());
      if (found === '@FUTURE@') return String(Date.now() + FUTURE_MS);
      return found === '@SIGN@' ? found : this.values[found as Placeholder];
    });
  }

  /** As a hub would that knows the secret. */
  private sign(text: string): string {
    const [, json, offset, prev] = SIGNED.exec(text) ?? [];
    if (json === undefined) return text;

    const token = this.values['@TOKEN@'];
    const secret = token.slice(token.indexOf('.') + 1);

    return text.replace('@SIGN@', sha1(secret + sha1(`${secret}${offset} ${prev} ${json}}`)));
  }

  private hear(message: string): void {
    if (!/"event_type":"canary".*,"sign":"\w{40}"}$/.test(message)) return;

    this.values['@HEARD@'] = message;
    this.values['@TAMPERED@'] = message.replace('"event_type":"canary"', '"event_type":"forged"');
  }

  /** In the first line only: what comes behind has a length that stands before it. */
  fillFirstLine(bytes: Buffer): Buffer {
    const end = bytes.indexOf('\r\n');
    if (end < 0 || !bytes.subarray(0, end).includes(0x40)) return bytes;

    return Buffer.concat([this.fill(bytes.subarray(0, end)), bytes.subarray(end)]);
  }
}

/** Sends commands as they are; what Redis says to them is nobody's concern. */
export class RedisSender {
  private underWay = 0;
  private wake: () => void = () => undefined;

  constructor(
    private readonly redis: Redis,
    private readonly knowledge: Knowledge,
  ) {}

  async send([command, ...args]: Command): Promise<boolean> {
    while (this.underWay >= MAX_UNDER_WAY) await new Promise<void>((resolve) => (this.wake = resolve));

    this.underWay++;
    const filled = args.map((part) =>
      typeof part === 'string' ? this.knowledge.fillText(part) : this.knowledge.fill(part),
    );
    void this.redis
      .call(command, ...filled)
      .catch(() => undefined)
      .finally(() => {
        this.underWay--;
        this.wake();
      });

    return true;
  }
}

function sha1(text: string): string {
  return createHash('sha1').update(text, 'latin1').digest('hex');
}
