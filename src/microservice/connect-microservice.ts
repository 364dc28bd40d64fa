import type { INestApplication } from '@nestjs/common';
import { HubConfig, hasRedis } from '../config/hub-config.js';
import { Relay } from '../relay/relay.js';
import { HubRedisServer } from './hub-redis.server.js';

/**
 * Listens for the patterns `dogmonitor.*` over the Redis of the hub; nothing where there is none. Call it before
 * `app.listen()`. The face `microservice` must be on.
 */
export async function connectHubMicroservice(app: INestApplication): Promise<void> {
  const config = app.get(HubConfig);
  if (!hasRedis(config)) return;

  const relay = app.get(Relay);
  const server = new HubRedisServer(config, () => relay.isInStep);
  const microservice = app.connectMicroservice({ strategy: server });
  await microservice.listen();
  // Redis keeps nothing for who listens later. One that has not answered the relay holds up no start a second time.
  if (relay.state !== 'local-only') await server.listening();
}
