import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { TestClient } from './client.js';
import { Cluster, type Instance } from './cluster.js';
import { PATIENT_WITH_REDIS, type RedisProcess, startRedis } from './redis.js';

export interface SharedCluster {
  readonly redis: RedisProcess;
  readonly cluster: Cluster;
  /** In the order of their instances; opened anew for each test. */
  readonly clients: readonly TestClient[];
}

/** Three hubs on a Redis of their own for all tests of a `describe`, and clients of the instances that are chosen. */
export function useCluster(clientsAt: (instances: readonly Instance[]) => readonly Instance[]): SharedCluster {
  let redis: RedisProcess;
  let cluster: Cluster;
  let clients: readonly TestClient[];

  beforeAll(async () => {
    redis = await startRedis();
    cluster = await Cluster.start({ size: 3, redisPorts: [redis.port], environment: PATIENT_WITH_REDIS });
    await cluster.ready();
  });
  afterAll(async () => {
    await cluster?.stop();
    await redis?.stop();
  });
  beforeEach(async () => {
    clients = await Promise.all(clientsAt(cluster.instances).map(({ wsUrl }) => TestClient.open(wsUrl)));
  });
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
  });

  return {
    get redis() {
      return redis;
    },
    get cluster() {
      return cluster;
    },
    get clients() {
      return clients;
    },
  };
}
