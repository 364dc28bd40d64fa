import { describe, expect, it } from '@jest/globals';
import { ConfigError, environmentSchema, loadHubConfig } from '../../src/config/hub-config.js';
import { unknownKeysWarning } from '../../src/config/unknown-keys.js';

describe('keys that the hub does not know', () => {
  it.each([
    ['HISTORY_SIZ', 'HISTORY_SIZE'],
    ['HISTROY_SIZE', 'HISTORY_SIZE'],
    ['history_size', 'HISTORY_SIZE'],
    ['OUTBOX_SZE', 'OUTBOX_SIZE'],
    ['REDIS_HSOT', 'REDIS_HOST'],
    ['REDIS_PASS', 'REDIS_PASSWORD'],
    ['REQUEST_TIMEOUT', 'REQUEST_TIMEOUT_MS'],
    ['SHUTDOWN_GRACE', 'SHUTDOWN_GRACE_MS'],
    ['LOG_LEVLE', 'LOG_LEVEL'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['PROT', 'PORT'],
    ['FRAME_ANCESTOR', 'FRAME_ANCESTORS'],
  ])('are named with the nearest known: %s, %s', (key, nearest) => {
    expect(unknownKeysWarning({ [key]: '1' })).toBe(
      `the environment has keys that the hub does not know: ${key} (nearest: ${nearest})`,
    );
  });

  it.each([
    'REDIS_TLS_URL',
    'REDIS_SERVICE_HOST',
    'REDIS_SERVICE_PORT',
    'REDIS_SERVICE_PORT_REDIS',
    'REDIS_PORT_6379_TCP',
    'REDIS_PORT_6379_TCP_PROTO',
    'REDIS_PORT_6379_TCP_PORT',
    'REDIS_PORT_6379_TCP_ADDR',
    'REDIS_VERSION',
    'REDIS_NAME',
    'PATH',
    'HOSTNAME',
    'HOME',
    'NODE_OPTIONS',
    'LOGNAME',
    'MAIL',
    'HISTSIZE',
    'HISTFILESIZE',
    'npm_config_prefix',
    'PWD',
    'KUBERNETES_PORT',
    'NODE_ENV',
    'SHLVL',
    'HUB_PORT',
    ...Object.keys(environmentSchema.shape),
  ])('are not %s', (key) => {
    expect(unknownKeysWarning({ [key]: '1' })).toBeUndefined();
  });

  it('are not what Kubernetes sets for a Service, nor what is empty', () => {
    expect(unknownKeysWarning({ REDIS_MASTER_PORT: 'tcp://10.0.0.1:6379', HISTORY_SIZ: '' })).toBeUndefined();
  });

  it('are named up to ten, and counted', () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`REDIS_X${n}`, 'secret']));
    const warning = unknownKeysWarning(many) ?? '';

    expect(warning).toMatch(/, and 4990 more$/);
    expect(warning.length).toBeLessThan(1_000);
    expect(warning).not.toContain('secret');
  });

  it('are no reason for a riddle where Kubernetes sets REDIS_PORT', () => {
    try {
      loadHubConfig({ REDIS_PORT: 'tcp://10.0.0.1:6379' });
      throw new Error('taken');
    } catch (error) {
      expect((error as ConfigError).problems).toEqual([
        'REDIS_PORT is a service link of Kubernetes and no port: set it in the pod, or enableServiceLinks: false',
      ]);
    }
  });
});
