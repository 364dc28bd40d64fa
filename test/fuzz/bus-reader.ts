import { ServerRedis } from '@nestjs/microservices';
import { Reader, type ReaderOptions } from './readers.js';

const CHANNEL = 'dogmonitor:events';

/**
 * Another Nest service that listens to the channel of the guide. It hears the rubbish as well as the hubs do, so that only
 * the canaries among it are looked at.
 */
export class BusReader extends Reader {
  private readonly server: ServerRedis;
  /** What a Redis forgot is published again, with the same id. */
  private readonly ids = new Set<unknown>();

  constructor(port: number, options: ReaderOptions) {
    super(options);
    this.server = new ServerRedis({
      host: '127.0.0.1',
      port,
      // Nest's own would take the field `data` for the whole message.
      deserializer: { deserialize: (value: unknown) => ({ pattern: CHANNEL, data: value }) },
    });
    this.server.addHandler(CHANNEL, async (message: unknown) => this.hear(message), true);
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      void this.server.listen((error?: unknown) => (error instanceof Error ? reject(error) : resolve()));
    });
  }

  override close(): void {
    this.isClosing = true;
    void this.server.close();
  }

  private hear(message: unknown): void {
    const { event_type, id, data } = (message ?? {}) as {
      event_type?: unknown;
      id?: unknown;
      data?: { key?: unknown; from: number; n: number };
    };
    if (event_type !== 'canary' || data?.key !== this.options.key || this.ids.has(id)) return;

    this.ids.add(id);
    this.messages++;
    this.takeCanary(data.from, data.n);
  }
}
