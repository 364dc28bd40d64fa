import { describe, expect, it } from '@jest/globals';
import type { HubMessage } from '../src/index.js';
import { Resume } from '../src/resume.js';

const GREETING = { status: 'connected', connection_id: 'a', instance_id: 'b', server_time: '' } as const;

function event(id: string, offset?: string): HubMessage {
  return { type: 'event', event_type: 'bark', data: {}, id, ...(offset !== undefined && { offset }) };
}

/** An overlay as a hub sends it live, or as it has kept it. */
function overlay(n: number, ageMs?: number): [HubMessage, string] {
  const message = { type: 'overlay' as const, overlay_type: 'zone' as const, data: { n } };
  const kept = ageMs === undefined ? message : { ...message, age_ms: ageMs };

  return [kept, JSON.stringify(kept)];
}

describe('where the client is in the log', () => {
  it('is where the greeting says until a message comes, and then at the last one that has an offset', () => {
    const resume = new Resume(undefined, false);
    expect(resume.greet({ ...GREETING, offset: '9-0' }, undefined)).toBeUndefined();
    expect(resume.offset).toBe('9-0');

    for (const message of [event('a', '9-1'), event('b'), event('c', '10-0'), event('d', '9-2')]) {
      expect(resume.accept(message, '')).toBe(true);
    }
    expect(resume.offset).toBe('10-0');
  });

  it('stays where it was when it resumes, and goes to where the log is after a gap', () => {
    const resume = new Resume('5-0', false);

    expect(resume.greet({ ...GREETING, offset: '5-0', head: '9-0', recovered: true }, '5-0')).toBeUndefined();
    expect(resume.offset).toBe('5-0');
    expect(resume.greet({ ...GREETING, offset: '9-0', recovered: false }, '5-0')).toEqual({
      since: '5-0',
      until: '9-0',
    });
    expect(resume.offset).toBe('9-0');
    expect(resume.greet({ ...GREETING, recovered: false }, '9-0')).toEqual({ since: '9-0', until: undefined });
    expect(resume.offset).toBe('9-0');
  });

  it('is a gap after a reconnect without an offset', () => {
    const resume = new Resume(undefined, false);

    expect(resume.greet(GREETING, undefined)).toBeUndefined();
    expect(resume.greet(GREETING, undefined)).toEqual({ since: undefined, until: undefined });
  });

  it('counts what was missed over a resume that was cut off', () => {
    const resume = new Resume('1-0', false);
    resume.greet({ ...GREETING, head: '4-0', recovered: true }, '1-0');
    resume.accept(event('a', '2-0'), '');
    expect(resume.takeRecovered()).toBeUndefined();

    resume.greet({ ...GREETING, head: '5-0', recovered: true }, '2-0');
    for (const n of [3, 4, 5]) resume.accept(event(`${n}`, `${n}-0`), '');
    expect(resume.takeRecovered()).toEqual({ since: '1-0', count: 4 });
    expect(resume.takeRecovered()).toBeUndefined();
  });
});

describe('what the client has had', () => {
  it('is known by id, whatever its offset, for as long as 20,000 others', () => {
    const resume = new Resume(undefined, false);

    expect(resume.accept(event('first'), '')).toBe(true);
    for (let n = 0; n < 19_999; n++) resume.accept(event(`${n}`), '');
    expect(resume.accept(event('first', '1-0'), '')).toBe(false);
    expect(resume.offset).toBe('1-0');

    resume.accept(event('one more'), '');
    expect(resume.accept(event('first'), '')).toBe(true);
  });

  it('is known of states only where a snapshot brings them again', () => {
    const resume = new Resume(undefined, true);

    expect(resume.accept(...overlay(1))).toBe(true);
    expect(resume.accept(...overlay(1))).toBe(true);
    expect(resume.accept(...overlay(1, 40))).toBe(false);
    expect(resume.accept(...overlay(1, 80))).toBe(false);
    expect(resume.accept(...overlay(2, 80))).toBe(true);
    expect(resume.accept(...overlay(2, 90))).toBe(false);
    expect(resume.accept(...overlay(1, 10))).toBe(true);
  });
});
