import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { fitToHeap, heapProblem } from './heap-limits.js';

const MiB = 1024 * 1024;
const bytes = (name: string, fallback: number, min: number, max: number) =>
  integer(`${name} in bytes`, fallback, min, max);

function integer(what: string, fallback: number, min: number, max: number) {
  const rule = `must be ${what}: a whole number from ${min} to ${max}`;

  return z
    .string()
    .regex(/^\d+$/, rule)
    .transform(Number)
    .refine((value) => value >= min && value <= max, rule)
    .default(fallback);
}

const HOST_LIST = 'must be a list such as host:26379,[::1]:26379';

/** An address of IPv6 stands in brackets; blanks around an item do not count. */
const hostList = z.string().transform((text, context) =>
  text.split(',').map((item) => {
    const [, ipv6, name, port] = /^(?:\[([\da-f:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/i.exec(item.trim()) ?? [];
    const host = ipv6 ?? name ?? '';
    if (host === '' || Number(port) < 1 || Number(port) > 65_535) context.addIssue(HOST_LIST);

    return { host, port: Number(port) };
  }),
);

/** One source of a policy. What would begin another directive or header is none. Source: CSP Level 3, section 6.4.2. */
const ANCESTOR = /^(self|\*|https?:|(https?:\/\/)?(\*\.)?[\w-]+(\.[\w-]+)*(:(\d{1,5}|\*))?)$/;

const frameAncestors = z
  .string()
  .transform((text) => text.replaceAll("'", '').trim().split(/\s+/))
  .refine(
    (sources) => sources.join() === 'none' || sources.every((source) => source !== 'none' && ANCESTOR.test(source)),
    'must be none, or a list such as self https://home.example',
  )
  .default(['self']);

export interface HostPort {
  host: string;
  port: number;
}

/** Every key of the environment the hub reads, with its rule and default. `.env.example` says the same in prose. */
export const environmentSchema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: integer('a TCP port', 8000, 0, 65_535),
  INSTANCE_ID: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits, ".", "_" or "-"')
    .default(() => randomUUID().slice(0, 8)),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error'], 'must be one of debug, info, warn, error').default('info'),
  LOG_FORMAT: z.enum(['text', 'json'], 'must be one of text, json').default('text'),
  MAX_MESSAGE_BYTES: bytes('the largest message', 256 * 1024, 1024, 16 * MiB),
  MAX_CLIENT_FRAME_BYTES: bytes('the largest frame of a client', 16 * 1024, 128, MiB),
  MAX_QUEUE_BYTES: bytes('what may wait for one connection', MiB, 16 * 1024, 64 * MiB),
  MAX_CONNECTIONS: integer('the number of open connections', 0, 1, 1_000_000).removeDefault().optional(),
  HISTORY_SIZE: integer('the length of the log in messages', 10_000, 1, 1_000_000),
  HISTORY_BYTES: bytes('the size of the log', 64 * MiB, MiB, 1024 * MiB),
  REQUEST_TIMEOUT_MS: integer('the time for one whole HTTP request in ms', 10_000, 100, 300_000),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a redis:// or rediss:// URL' }).optional(),
  REDIS_HOST: z.string().optional(),
  REDIS_PORT: integer('a TCP port', 6379, 1, 65_535),
  REDIS_DB: integer('a database', 0, 0, 1_000_000),
  REDIS_USERNAME: z.string().optional(),
  REDIS_PASSWORD: z.string().optional(),
  REDIS_TLS: z
    .enum(['true', 'false'], 'must be true or false')
    .default('false')
    .transform((value) => value === 'true'),
  REDIS_SENTINELS: hostList.optional(),
  REDIS_SENTINEL_NAME: z.string().default('mymaster'),
  REDIS_SENTINEL_USERNAME: z.string().optional(),
  REDIS_SENTINEL_PASSWORD: z.string().optional(),
  REDIS_SENTINEL_TLS: z
    .enum(['true', 'false'], 'must be true or false')
    .transform((value) => value === 'true')
    .optional(),
  REDIS_CLUSTER: hostList.optional(),
  REDIS_PREFIX: z
    .string()
    .regex(/^[\w.:-]{1,64}$/, 'must be 1 to 64 letters, digits, ".", ":", "_" or "-"')
    .default('dogmonitor'),
  SHARE_DEADLINE_MS: integer('the time Redis has for one message in ms', 75, 1, 10_000),
  OUTBOX_SIZE: integer('what may wait for Redis in messages', 10_000, 1, 1_000_000),
  OUTBOX_BYTES: bytes('what may wait for Redis', 64 * MiB, MiB, 1024 * MiB),
  SHUTDOWN_GRACE_MS: integer('the time to finish when told to stop in ms', 4_000, 0, 600_000),
  FRAME_ANCESTORS: frameAncestors,
});

/**
 * The configuration of one instance: read once, typed, frozen. Injected as it is; nothing else reads the environment.
 */
export class HubConfig {
  /** Address to listen on. */
  readonly host!: string;
  /** TCP port; 0 takes any free one. */
  readonly port!: number;
  /** Name of this instance, unique among those that share a Redis. */
  readonly instanceId!: string;
  readonly logLevel!: 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat!: 'text' | 'json';
  /** Largest HTTP body, and largest message on the wire, in bytes. */
  readonly maxMessageBytes!: number;
  /** Largest frame a client may send, in bytes; a larger one closes with 1009. */
  readonly maxClientFrameBytes!: number;
  /** Most bytes that may wait for one connection; more closes it with 4008. */
  readonly maxQueueBytes!: number;
  /** Most connections, by whatever transport; as many as heap and file descriptors have room for where it is not set. */
  readonly maxConnections?: number;
  /** Most messages the log keeps. */
  readonly historySize!: number;
  /** Most bytes the log keeps in memory. */
  readonly historyBytes!: number;
  readonly requestTimeoutMs!: number;
  /** `redis://` or `rediss://`; where set, host, port, database and credentials are taken from it. */
  readonly redisUrl?: string;
  readonly redisHost?: string;
  readonly redisPort!: number;
  readonly redisDb!: number;
  readonly redisUsername?: string;
  readonly redisPassword?: string;
  readonly redisTls!: boolean;
  /** Sentinels to ask for the master named `redisSentinelName`. */
  readonly redisSentinels?: readonly HostPort[];
  readonly redisSentinelName!: string;
  readonly redisSentinelUsername?: string;
  readonly redisSentinelPassword?: string;
  /** Whether the sentinels speak TLS; where unset, as Redis itself: `redisTls`. */
  readonly redisSentinelTls?: boolean;
  /** Some nodes of a Redis Cluster. */
  readonly redisCluster?: readonly HostPort[];
  /** Begin of every channel and key: the channel is `<prefix>:events`. */
  readonly redisPrefix!: string;
  /** How long a logged message may take to come back from Redis before it is delivered here without it, in ms. */
  readonly shareDeadlineMs!: number;
  /** Most messages that wait for Redis; the oldest are dropped, counted and logged. */
  readonly outboxSize!: number;
  /** Most bytes of JSON that wait for Redis. */
  readonly outboxBytes!: number;
  /** How long a shutdown waits for requests in flight and for close handshakes, in ms. */
  readonly shutdownGraceMs!: number;
  /** Who may show the dashboard and the API docs in a frame: `none`, or `self` and origins. */
  readonly frameAncestors!: readonly string[];
}

/** Whether there is a Redis to share messages through. */
export function hasRedis({ redisUrl, redisHost, redisSentinels, redisCluster }: HubConfig): boolean {
  return [redisUrl, redisHost, redisSentinels, redisCluster].some((value) => value !== undefined);
}

/** What is wrong with the environment, a line a key: names and rules, never a value, since values may be secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly string[]) {
    super(`configuration is not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/**
 * Reads and checks the environment. An empty value counts as unset.
 * @throws ConfigError that lists every bad key
 */
export function loadHubConfig(environment: NodeJS.ProcessEnv = readEnvironment()): HubConfig {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(set);
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map(({ path, message }) => {
        const key = path.join('.');

        return `${key} ${isServiceLink(set[key]) ? SERVICE_LINK_RULE : message}`;
      }),
    );
  }

  const limits = fitToHeap(parsed.data, (key) => set[key] !== undefined);
  const properties = Object.entries({ ...parsed.data, ...limits }).map(([key, value]) => [camelCase(key), value]);
  const config = Object.assign(new HubConfig(), Object.fromEntries(properties) as Partial<HubConfig>);
  const problem = heapProblem(limits, hasRedis(config));
  if (problem !== undefined) throw new ConfigError([problem]);

  return Object.freeze(config);
}

/** Kubernetes sets `REDIS_PORT=tcp://10.0.0.1:6379` in every pod beside a Service named redis. */
const SERVICE_LINK_RULE =
  'is a service link of Kubernetes and no port: set it in the pod, or enableServiceLinks: false';

export function isServiceLink(value: string | undefined): boolean {
  return value !== undefined && /^(tcp|udp|sctp):\/\//.test(value);
}

/** The process environment; a `.env` file in the working directory fills in what it does not set. */
export function readEnvironment(): NodeJS.ProcessEnv {
  if (existsSync('.env')) process.loadEnvFile('.env');

  return process.env;
}

function camelCase(key: string): string {
  return key.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
