import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ConfigError, environmentSchema, loadHubConfig } from '../../src/config/hub-config.js';
import * as limits from '../../src/protocol/limits.js';
import { ROOT } from '../support/process.js';

const [settings = '', fixed = ''] = readFileSync(join(ROOT, '.env.example'), 'utf8').split('# --- Fixed');
const keys = Object.keys(environmentSchema.shape);

/** Each `# KEY=value` with the paragraph above it. */
const entries = Array.from(settings.matchAll(/^((?:# (?![A-Z_]+=).*\n)+)# ([A-Z_]+)=(.*)$/gm), (match) => {
  const [, comment = '', key = '', value = ''] = match;

  return { key, value, comment: comment.replaceAll(/\n?# /g, ' ').trim() };
});

/** What the schema demands of a key, from its own words; `undefined` where anything goes. */
function ruleOf(key: string): string | undefined {
  try {
    loadHubConfig({ [key]: ' not allowed ' });
    return undefined;
  } catch (error) {
    return (error as ConfigError).problems[0]?.replace(/^.*(: a | must be )/, '');
  }
}

function camelCase(key: string): string {
  return key.toLowerCase().replaceAll(/_\w/g, (letter) => letter.slice(1).toUpperCase());
}

describe('.env.example', () => {
  it('has every key that the hub reads once, and no other', () => {
    expect(entries.map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
  });

  it('has nothing but comments, so that a copy changes nothing', () => {
    expect(settings.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });

  it('gives the defaults as values', () => {
    const fromFile = loadHubConfig(Object.fromEntries(entries.map(({ key, value }) => [key, value])));

    expect({ ...fromFile, instanceId: '' }).toEqual({ ...loadHubConfig({}), instanceId: '' });
  });

  it('leaves a value empty only where no value says the default', () => {
    // That of INSTANCE_ID is random, the others are unset.
    const unset = Object.entries(loadHubConfig({})).flatMap(([property, value]) =>
      value === undefined ? property : [],
    );
    const empty = entries.filter(({ value }) => value === '').map(({ key }) => camelCase(key));

    expect(empty.toSorted()).toEqual(['instanceId', ...unset].toSorted());
  });

  it.each(keys)('explains %s with its rule', (key) => {
    const comment = entries.find((entry) => entry.key === key)?.comment ?? '';

    expect(comment.length).toBeGreaterThan(20);
    expect(comment).toContain(ruleOf(key) ?? '');
  });

  it.each(keys.filter((key) => /_(BYTES|MS)$/.test(key)))('names the unit of %s', (key) => {
    const comment = entries.find((entry) => entry.key === key)?.comment;

    expect(comment).toMatch(key.endsWith('_MS') ? /\bin ms\b/ : /\bbytes\b/);
  });

  it('states the fixed limits of the protocol', () => {
    const stated = Array.from(fixed.matchAll(/^# {3}([A-Z_]+) +(\d+) {2,}\S/gm), ([, name, value]) => [
      name,
      Number(value),
    ]);

    expect(Object.fromEntries(stated)).toEqual({ ...limits });
  });
});
