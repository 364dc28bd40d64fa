import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OVERLAY_TYPES } from '../../src/protocol/messages.js';
import { TestClient } from '../support/client.js';
import { startHub, type TestHub } from '../support/hub.js';
import { type CliProcess, startCli } from './start-cli.js';

describe('demo', () => {
  let hub: TestHub;
  let cli: CliProcess | undefined;

  beforeEach(async () => {
    hub = await startHub();
  });

  afterEach(async () => {
    await cli?.kill();
    await hub.close();
  });

  it('shows all kinds of messages by itself, and none is refused', async () => {
    const client = await TestClient.open(hub.wsUrl);
    cli = startCli(['demo', '--url', hub.url, '--fps', '60', '--seed', '7', '--duration', '3', '--source', 'cam-1']);
    const { code } = await cli.exited;
    const messages = await client.settled();

    expect(code).toBe(0);
    expect(cli.output()).toContain(`a simulated dog for ${hub.url}: seed 7, 60 frames a second`);
    expect(cli.stdout()).toMatch(/^(\d+) sent, \1 accepted, 0 refused, \d+ frames shown, \d+ dropped, in \d\.\d s\n$/);
    expect(new Set(messages.map(({ type }) => type))).toEqual(new Set(['event', 'overlay', 'telemetry']));
    const overlays = messages.filter(({ type }) => type === 'overlay');
    expect(new Set(overlays.map(({ overlay_type }) => overlay_type))).toEqual(new Set(OVERLAY_TYPES));
    for (const { data } of overlays) expect(data).toMatchObject({ width: 1280, height: 720 });
    expect(new Set(messages.map(({ source }) => source))).toEqual(new Set(['cam-1']));
    await client.close();
  });

  it('waits for a hub, and goes on with the frame of the moment when one is there', async () => {
    const { port } = new URL(hub.url);
    await hub.close();
    cli = startCli(['demo', '--url', hub.url]);
    await cli.printed(/no hub at http\S+ \(connection refused\); waiting for one: npm start/);

    hub = await startHub({ PORT: port });
    const client = await TestClient.open(hub.wsUrl);
    await cli.printed(/the hub at http\S+ is there/);
    const [first] = await client.received(1);
    expect(first?.data['frame']).toBeGreaterThan(0);
    await client.close();

    await hub.close();
    await cli.printed(/is there[^]+waiting for one/);
    hub = await startHub({ PORT: port });
    await cli.printed(/is there[^]+is there/);
    cli.child.kill('SIGINT');

    expect((await cli.exited).code).toBe(0);
    expect(cli.stdout()).toMatch(/^\d+ sent, \d+ accepted, 0 refused, \d+ frames shown, [1-9]\d* dropped/);
  });
});
