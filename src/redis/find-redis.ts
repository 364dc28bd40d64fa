import type { HostPort, HubConfig } from '../config/hub-config.js';
import { deadline } from './deadline.js';
import { connectRedis, createRedisClient, createSentinelClient, type RedisClient } from './redis-client.js';

/** How long one sentinel or node may take to say where the master is, in ms. */
const ASK_MS = 1_000;

/**
 * Where the Redis of the configuration is now; `undefined` where `REDIS_URL` says it. All keys of the hub share one hash
 * tag, so of a Cluster it is the one master that has their slot; what is published comes to every node.
 */
export async function findRedis(config: HubConfig): Promise<HostPort | undefined> {
  const { redisCluster, redisSentinels, redisUrl, redisHost, redisPort } = config;

  if (redisCluster) {
    return askInTurn(redisCluster, (node) =>
      ask(createRedisClient(config, node), (client) => slotOwner(client, `{${config.redisPrefix}}`, node)),
    );
  }
  if (redisSentinels) {
    return askInTurn(redisSentinels, (node) =>
      ask(createSentinelClient(config, node), (client) => sentinelMaster(client, config.redisSentinelName)),
    );
  }

  return redisUrl === undefined ? { host: redisHost ?? 'localhost', port: redisPort } : undefined;
}

/** In random order, so that one that is frozen or out of date is not asked first for ever. */
async function askInTurn(nodes: readonly HostPort[], askOne: (node: HostPort) => Promise<HostPort>): Promise<HostPort> {
  let failure: unknown;
  for (const node of nodes.toSorted(() => Math.random() - 0.5)) {
    try {
      return await askOne(node);
    } catch (error) {
      failure = error;
    }
  }

  throw failure;
}

async function ask(client: RedisClient, question: (client: RedisClient) => Promise<HostPort>): Promise<HostPort> {
  try {
    return await deadline(
      ASK_MS,
      'no answer to where the master is',
      connectRedis(client).then(() => question(client)),
    );
  } finally {
    client.disconnect();
  }
}

async function sentinelMaster(client: RedisClient, name: string): Promise<HostPort> {
  const address: unknown = await client.call('SENTINEL', 'get-master-addr-by-name', name);
  if (!Array.isArray(address)) throw new Error('the sentinel knows no such master');

  return { host: String(address[0]), port: Number(address[1]) };
}

async function slotOwner(client: RedisClient, key: string, asked: HostPort): Promise<HostPort> {
  const slot = Number(await client.call('CLUSTER', 'KEYSLOT', key));
  const ranges: unknown = await client.call('CLUSTER', 'SLOTS');
  const found = (Array.isArray(ranges) ? ranges : []).find(
    (range: unknown) => Array.isArray(range) && Number(range[0]) <= slot && slot <= Number(range[1]),
  ) as [number, number, [host: string | null, port: number]] | undefined;
  if (!found) throw new Error('the slot of the log has no node yet');

  // A node that does not know its own address gives none: it is the one that was asked.
  const [host, port] = found[2];
  return { host: host === null || host === '' || host === '?' ? asked.host : host, port: Number(port) };
}
