import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GUIDE_BODIES, post } from '../support/http.js';
import { startHub, type TestHub } from '../support/hub.js';
import { type CliProcess, startCli } from './start-cli.js';

describe('watch', () => {
  let hub: TestHub;
  let cli: CliProcess | undefined;

  beforeEach(async () => {
    hub = await startHub();
  });

  afterEach(async () => {
    await cli?.kill();
    await hub.close();
  });

  async function startWatch(args: readonly string[] = [], environment = {}): Promise<CliProcess> {
    cli = startCli(['watch', '--url', hub.url, ...args], environment);
    await cli.printed(/connected to/);

    return cli;
  }

  async function postAll(): Promise<void> {
    for (const [path, body] of Object.entries(GUIDE_BODIES)) await post(hub.url + path, body);
  }

  function overlay(overlay_type: string, data: object, source?: string): Promise<unknown> {
    return post(`${hub.url}/api/events/broadcast/overlay`, { overlay_type, data, source });
  }

  /** All lines so far, without the time at their start. */
  function lines(): string[] {
    return (cli?.stdout() ?? '')
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3} {2}/, ''));
  }

  it('prints each message as a line: type, name, and the gist of its data', async () => {
    const run = await startWatch();
    await postAll();
    await overlay('detection', { boxes: [] });
    await overlay('pose', { keypoints: [{}, {}] });
    await overlay('heatmap', { cols: 2, rows: 1, cells: [0.2, 0.9] });
    await overlay('zone', { zones: ['bed'] });
    await run.printed(/"bed"/);

    expect(lines()).toEqual([
      expect.stringMatching(
        /^connection {18}status=connected connection_id=\S+ instance_id=\S+ server_time=\S+ offset=\d+-\d+ epoch=[\w-]+$/,
      ),
      'event       test_event      message="Hello WebSocket"',
      expect.stringMatching(/^event {7}sit {13}confidence=0\.95 metadata=\{"duration":5\.2\} timestamp=\S+Z$/),
      'overlay     detection       1 box: dog 0.95',
      'telemetry                   fps=30 latency_ms=120 temperature=45.5 battery=85',
      'overlay     detection       no boxes',
      'overlay     pose            2 keypoints',
      'overlay     heatmap         2 x 1 cells, peak 0.9',
      'overlay     zone            {"zones":["bed"]}',
    ]);
    for (const line of cli?.stdout().trimEnd().split('\n') ?? []) expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}\S/);
  });

  it('gives the source a column once there is one', async () => {
    const run = await startWatch(['--type', 'overlay']);
    await overlay('pose', { keypoints: [] }, 'garden');
    await overlay('pose', { keypoints: [] }, 'bed');
    await overlay('pose', { keypoints: [{}] });
    await run.printed(/1 keypoint/);

    expect(lines()).toEqual([
      'overlay     pose            garden  0 keypoints',
      'overlay     pose            bed     0 keypoints',
      'overlay     pose                    1 keypoint',
    ]);
  });

  it('names some boxes and counts the rest', async () => {
    const run = await startWatch(['--type', 'overlay']);
    const box = { x: 0, y: 0, w: 1, h: 1 };
    await overlay('detection', { boxes: [{ ...box, label: 'dog' }, box, { ...box, confidence: 1 }, box] });
    await run.printed(/boxes/);

    expect(lines()).toEqual(['overlay     detection       4 boxes: dog, box, box 1.00, …']);
  });

  it('shows only what --type names', async () => {
    const run = await startWatch(['--type', 'telemetry,custom', '--type', 'overlay']);
    await postAll();
    await run.printed(/battery/);

    expect(lines().map((line) => line.split(' ', 1)[0])).toEqual(['overlay', 'telemetry']);
  });

  it('--json prints the messages as they came, and nothing else', async () => {
    const run = await startWatch(['--json', '--type', 'overlay,telemetry']);
    await postAll();
    await run.printed(/battery/);

    expect(run.stdout()).toBe(
      [
        { type: 'overlay', ...GUIDE_BODIES['/api/events/broadcast/overlay'] },
        { type: 'telemetry', ...GUIDE_BODIES['/api/events/broadcast/telemetry'] },
      ]
        .map((message) => `${JSON.stringify(message)}\n`)
        .join(''),
    );
  });

  it('cuts lines to the width of the terminal', async () => {
    const run = await startWatch(['--type', 'overlay'], { COLUMNS: '60' });
    await overlay('zone', { zones: ['a long way round the house'] });
    await run.printed(/…/);

    expect(cli?.stdout().trimEnd()).toHaveLength(60);
  });

  it('lets no message move the cursor, and uses no colours outside of a terminal', async () => {
    const run = await startWatch();
    await overlay('zone', { name: '\u001b[2J\u009b2J\u202e' });
    await overlay('detection', { boxes: [{ x: 0, y: 0, w: 1, h: 1, label: '\u001b[31mred\n' }] });
    await run.printed(/red/);

    expect(run.stdout()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  it('connects again when the hub is back', async () => {
    const run = await startWatch(['--type', 'telemetry']);
    const { port } = new URL(hub.url);
    await hub.close();
    await run.printed(/lost http\S+ \(1001.*\); next try in \d+ ms/);

    hub = await startHub({ PORT: port });
    await run.printed(/lost[^]+connected to/);
    await postAll();
    await run.printed(/battery=85/);
  });

  it('waits for a hub that is not there yet', async () => {
    const { port } = new URL(hub.url);
    await hub.close();
    cli = startCli(['watch', '--url', hub.url, '--json']);
    await cli.printed(/no hub at http\S+ \(.*ECONNREFUSED.*\); next try in/);

    hub = await startHub({ PORT: port });
    await cli.printed(/"type"/);
    expect(cli.stdout()).toMatch(/^\{"type":"connection".+\}\n$/);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends in order on %s, with 0', async (signal) => {
    const run = await startWatch();
    run.child.kill(signal);

    expect(await run.exited).toEqual({ code: 0, signal: null });
    expect((await post(`${hub.url}/api/events/broadcast/telemetry`, { data: {} })).body['connections']).toBe(0);
  });

  it('ends quietly when nobody reads its output any more', async () => {
    const run = await startWatch();
    const before = run.output();
    run.child.stdout?.destroy();
    await postAll();

    expect((await run.exited).code).toBe(0);
    expect(run.output()).toBe(before);
  });
});
