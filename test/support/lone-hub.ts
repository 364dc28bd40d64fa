import { expect } from '@jest/globals';
import { TestClient } from './client.js';
import { get, post } from './http.js';
import { type HubProcess, startHubProcess } from './process.js';
import type { RedisProcess } from './redis.js';

/** Must not be seen anywhere. */
export const PASSWORD = 'hunter2-SECRET';

/** For a hub that logs in as the user that `grant` makes. */
export const AS_USER = { REDIS_USERNAME: 'hub', REDIS_PASSWORD: PASSWORD };

const LOOK_MS = 50;

/** Gives the user of `AS_USER` every right but what these rules say, of its channels too. */
export function grant(...rules: string[]): (redis: RedisProcess) => Promise<unknown> {
  return (redis) => redis.cli('ACL', 'SETUSER', 'hub', 'on', `>${PASSWORD}`, '~*', '+@all', ...rules);
}

export function startHubAt(port: number, environment: Record<string, string> = {}): Promise<HubProcess> {
  return startHubProcess({ REDIS_HOST: '127.0.0.1', REDIS_PORT: String(port), ...environment });
}

export async function stateOf({ url }: HubProcess): Promise<string> {
  return ((await get(`${url}/health/ready`)).body['relay'] as { state: string }).state;
}

export async function inState(hub: HubProcess, state: string): Promise<void> {
  while ((await stateOf(hub)) !== state) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

/** All states that it is seen in for so long, in ms. */
export async function statesFor(ms: number, hub: HubProcess): Promise<Set<string>> {
  const states = new Set<string>();
  for (const end = performance.now() + ms; performance.now() < end;) {
    states.add(await stateOf(hub));
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }

  return states;
}

/** Sees that it serves its own clients, is ready for them only, and says no word of the password. */
export async function servesAlone(hub: HubProcess): Promise<void> {
  const client = await TestClient.open(hub.wsUrl);
  const answer = await post(`${hub.url}/api/events/broadcast`, { event_type: 'alone', data: {} });
  expect(answer).toMatchObject({ status: 202, body: { shared: false } });
  await client.received(1);
  client.socket.terminate();

  expect(await get(`${hub.url}/health/ready`)).toMatchObject({ status: 200, body: { status: 'degraded' } });
  expect((await get(`${hub.url}/health/ready?shared=1`)).status).toBe(503);
  expect(hub.output()).not.toContain(PASSWORD);
}

export function linesOf(hub: HubProcess, part: RegExp): string[] {
  return hub
    .output()
    .split('\n')
    .filter((line) => part.test(line));
}
