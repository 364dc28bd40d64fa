import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ConfigError, environmentSchema, hasRedis, HubConfig, loadHubConfig } from '../../src/config/hub-config.js';
import { ROOT, startNode, type TestProcess } from '../support/process.js';

const MAIN = join(ROOT, 'dist/main.js');

/** A value that no message may show. */
const SECRET = 'hunter2';

const NUMBERS: [key: string, property: keyof HubConfig, min: number, max: number, fallback: number][] = [
  ['PORT', 'port', 0, 65_535, 8_000],
  ['MAX_MESSAGE_BYTES', 'maxMessageBytes', 1_024, 16_777_216, 262_144],
  ['MAX_CLIENT_FRAME_BYTES', 'maxClientFrameBytes', 128, 1_048_576, 16_384],
  ['MAX_QUEUE_BYTES', 'maxQueueBytes', 16_384, 67_108_864, 1_048_576],
  ['HISTORY_SIZE', 'historySize', 1, 1_000_000, 10_000],
  ['HISTORY_BYTES', 'historyBytes', 1_048_576, 1_073_741_824, 67_108_864],
  ['REQUEST_TIMEOUT_MS', 'requestTimeoutMs', 100, 300_000, 10_000],
  ['REDIS_PORT', 'redisPort', 1, 65_535, 6_379],
  ['REDIS_DB', 'redisDb', 0, 1_000_000, 0],
  ['SHARE_DEADLINE_MS', 'shareDeadlineMs', 1, 10_000, 75],
  ['OUTBOX_SIZE', 'outboxSize', 1, 1_000_000, 10_000],
  ['OUTBOX_BYTES', 'outboxBytes', 1_048_576, 1_073_741_824, 67_108_864],
  ['SHUTDOWN_GRACE_MS', 'shutdownGraceMs', 0, 600_000, 4_000],
];

const TEXTS: [key: string, property: keyof HubConfig, fallback: unknown, good: string[], bad: string[]][] = [
  ['HOST', 'host', '127.0.0.1', ['0.0.0.0', '::', 'hub.local'], []],
  [
    'INSTANCE_ID',
    'instanceId',
    expect.stringMatching(/^[0-9a-f]{8}$/),
    ['a', 'hub-1_b.c', 'x'.repeat(64)],
    ['x'.repeat(65), 'a b', 'a/b', 'ä'],
  ],
  ['LOG_LEVEL', 'logLevel', 'info', ['debug', 'info', 'warn', 'error'], ['INFO', 'silly', SECRET]],
  ['LOG_FORMAT', 'logFormat', 'text', ['text', 'json'], ['JSON', 'xml', SECRET]],
  [
    'REDIS_URL',
    'redisUrl',
    undefined,
    ['redis://localhost', 'rediss://user:secret@redis.local:6380/2'],
    ['redis.local', 'http://redis.local', SECRET],
  ],
  ['REDIS_HOST', 'redisHost', undefined, ['redis.local'], []],
  ['REDIS_USERNAME', 'redisUsername', undefined, ['hub'], []],
  ['REDIS_PASSWORD', 'redisPassword', undefined, [SECRET, ' with space '], []],
  ['REDIS_SENTINEL_NAME', 'redisSentinelName', 'mymaster', ['dogs'], []],
  ['REDIS_SENTINEL_USERNAME', 'redisSentinelUsername', undefined, ['hub'], []],
  ['REDIS_SENTINEL_PASSWORD', 'redisSentinelPassword', undefined, [SECRET], []],
  [
    'REDIS_PREFIX',
    'redisPrefix',
    'dogmonitor',
    ['a', 'a:b.c-d_e', 'x'.repeat(64)],
    ['x'.repeat(65), 'a b', 'a{b}', SECRET + '*'],
  ],
];

type Examples = [good: [text: string, value: unknown][], bad: string[]];

const BOOLEAN: Examples = [
  [
    ['true', true],
    ['false', false],
  ],
  ['1', 'yes', 'TRUE', SECRET],
];

const HOST_LIST: Examples = [
  [
    ['a:1', [{ host: 'a', port: 1 }]],
    [
      'a.b:26379,c:26380',
      [
        { host: 'a.b', port: 26_379 },
        { host: 'c', port: 26_380 },
      ],
    ],
    [
      ' a:1 , b:2\t',
      [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
    ],
    [
      '[::1]:26379,[fd00::A:1]:65535',
      [
        { host: '::1', port: 26_379 },
        { host: 'fd00::A:1', port: 65_535 },
      ],
    ],
  ],
  [
    'a',
    'a:',
    ':1',
    'a:1,',
    'a:1,,b:2',
    'a b:1',
    'a:b',
    'a:0',
    'a:65536',
    '::1:26379',
    '[::1]',
    '[]:1',
    '[a]:x',
    SECRET,
  ],
];

/** Those whose value becomes something else than the text. */
const PARSED: [key: string, property: keyof HubConfig, fallback: unknown, ...Examples][] = [
  ['REDIS_TLS', 'redisTls', false, ...BOOLEAN],
  ['REDIS_SENTINEL_TLS', 'redisSentinelTls', undefined, ...BOOLEAN],
  [
    'MAX_CONNECTIONS',
    'maxConnections',
    undefined,
    [
      ['1', 1],
      ['1000000', 1_000_000],
    ],
    ['0', '1000001', '-1', '1.5', SECRET],
  ],
  ['REDIS_SENTINELS', 'redisSentinels', undefined, ...HOST_LIST],
  [
    'FRAME_ANCESTORS',
    'frameAncestors',
    ['self'],
    [
      ['none', ['none']],
      ["'none'", ['none']],
      [" 'self'  https://home.example:8123 *.lan https:", ['self', 'https://home.example:8123', '*.lan', 'https:']],
    ],
    ['none self', 'self; script-src *', 'self\r\nx: y', 'a,b', 'javascript:', 'https://a/b', SECRET + '!'],
  ],
  ['REDIS_CLUSTER', 'redisCluster', undefined, ...HOST_LIST],
];

const KEYS = Object.keys(environmentSchema.shape);

/** Keys that take any text. */
const FREE = TEXTS.filter(([, , , , bad]) => bad.length === 0).map(([key]) => key);

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    loadHubConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }

  return [];
}

describe('loadHubConfig', () => {
  it('has an expectation here for every key', () => {
    const expected = [...NUMBERS, ...TEXTS, ...PARSED].map(([key]) => key);

    expect(expected.toSorted()).toEqual(KEYS.toSorted());
  });

  it('gives the defaults for an empty environment', () => {
    expect({ ...loadHubConfig({}) }).toEqual({
      ...Object.fromEntries(NUMBERS.map(([, property, , , fallback]) => [property, fallback])),
      ...Object.fromEntries([...TEXTS, ...PARSED].map(([, property, fallback]) => [property, fallback])),
    });
  });

  it('gives every instance another id', () => {
    expect(loadHubConfig({}).instanceId).not.toBe(loadHubConfig({}).instanceId);
  });

  it('gives a frozen HubConfig', () => {
    const config = loadHubConfig({});

    expect(config).toBeInstanceOf(HubConfig);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('takes an empty value for an unset one', () => {
    const empty = Object.fromEntries(KEYS.map((key) => [key, '']));

    expect({ ...loadHubConfig(empty), instanceId: '' }).toEqual({ ...loadHubConfig({}), instanceId: '' });
  });

  it('leaves alone what is not its own', () => {
    expect(Object.keys(loadHubConfig({ PATH: '/bin', port: '1', FOO: SECRET }))).not.toContain('foo');
    expect(loadHubConfig({ port: '1' }).port).toBe(8_000);
  });

  it.each(NUMBERS)('takes %s as %s from %d to %d, and nothing beyond', (key, property, min, max, fallback) => {
    const rule = expect.stringMatching(new RegExp(`^${key} must be .*: a whole number from ${min} to ${max}$`));

    for (const good of [min, fallback, max]) expect(loadHubConfig({ [key]: `${good}` })[property]).toBe(good);
    for (const bad of [`${min - 1}`, `${max + 1}`, '1.5', '1e3', '0x10', ' 1', '-1', SECRET]) {
      expect(problemsOf({ [key]: bad })).toEqual([rule]);
    }
  });

  it.each(TEXTS)('takes %s as %s', (key, property, _, good, bad) => {
    for (const value of good) expect(loadHubConfig({ [key]: value })[property]).toBe(value);
    for (const value of bad) expect(problemsOf({ [key]: value })).toEqual([expect.stringMatching(`^${key} must be `)]);
  });

  it.each(PARSED)('reads %s into %s', (key, property, _, good, bad) => {
    for (const [value, result] of good) expect(loadHubConfig({ [key]: value })[property]).toEqual(result);
    for (const value of bad) expect(problemsOf({ [key]: value })).toEqual([expect.stringMatching(`^${key} must be `)]);
  });

  it('lists every bad key with its rule, and never a value', () => {
    const keys = KEYS.filter((key) => !FREE.includes(key));
    const problems = problemsOf(Object.fromEntries(keys.map((key) => [key, `${SECRET} !`])));

    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(keys);
    for (const problem of problems) expect(problem).toMatch(/^[A-Z_]+ must be \S/);
    expect(new ConfigError(problems).message).not.toContain(SECRET);
  });
});

describe('hasRedis', () => {
  it.each([
    [false, {}],
    [false, { REDIS_HOST: '', REDIS_PORT: '6379', REDIS_PASSWORD: SECRET, REDIS_SENTINEL_NAME: 'dogs' }],
    [true, { REDIS_URL: 'redis://localhost' }],
    [true, { REDIS_HOST: 'localhost' }],
    [true, { REDIS_SENTINELS: 'localhost:26379' }],
    [true, { REDIS_CLUSTER: 'localhost:7000' }],
  ])('is %p for %j', (expected, environment) => {
    expect(hasRedis(loadHubConfig(environment))).toBe(expected);
  });
});

describe('the hub as a process', () => {
  const folders: string[] = [];
  const processes: TestProcess[] = [];

  /** A working directory that holds this `.env`. */
  function folderWith(dotEnv: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'hub-env-'));
    folders.push(folder);
    writeFileSync(join(folder, '.env'), dotEnv);

    return folder;
  }

  async function idOfHubIn(folder: string, environment: Record<string, string>): Promise<string | undefined> {
    const hub = startNode([MAIN], environment, folder);
    processes.push(hub);

    return (await hub.printed(/instance (\S+) is ready/))[1];
  }

  function runToEnd(environment: Record<string, string>, cwd: string): SpawnSyncReturns<string> {
    return spawnSync(process.execPath, [MAIN], { cwd, env: environment, encoding: 'utf8', timeout: 60_000 });
  }

  afterEach(async () => {
    await Promise.all(processes.splice(0).map((hub) => hub.kill()));
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  it('exits 1 on a bad environment, and says on stderr which keys break which rule but no value', () => {
    const bad = { PORT: SECRET, LOG_LEVEL: 'loud', MAX_QUEUE_BYTES: '1', INSTANCE_ID: `${SECRET} !` };
    const { status, stdout, stderr } = runToEnd(bad, folderWith(''));

    expect(status).toBe(1);
    expect(stderr.trimEnd().split('\n')).toEqual([
      'configuration is not valid:',
      '  PORT must be a TCP port: a whole number from 0 to 65535',
      '  INSTANCE_ID must be 1 to 64 letters, digits, ".", "_" or "-"',
      '  LOG_LEVEL must be one of debug, info, warn, error',
      expect.stringMatching(/^ {2}MAX_QUEUE_BYTES must be .* in bytes: a whole number from 16384 to 67108864$/),
    ]);
    expect(stdout + stderr).not.toMatch(new RegExp(`${SECRET}|loud`));
  });

  it('holds a .env file to the same rules', () => {
    const { status, stderr } = runToEnd({}, folderWith(`PORT=${SECRET}\n`));

    expect(status).toBe(1);
    expect(stderr).toContain('PORT must be');
    expect(stderr).not.toContain(SECRET);
  });

  it('reads the .env file of the working directory', async () => {
    expect(await idOfHubIn(folderWith('PORT=0\nINSTANCE_ID=from-file\n'), {})).toBe('from-file');
  });

  it('prefers the real environment to the .env file', async () => {
    const folder = folderWith('PORT=70000\nINSTANCE_ID=from-file\n');

    expect(await idOfHubIn(folder, { PORT: '0', INSTANCE_ID: 'real' })).toBe('real');
  });
});
