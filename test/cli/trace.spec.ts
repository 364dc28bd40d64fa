import { describe, expect, it } from '@jest/globals';
import { parseTrace } from '../../src/cli/trace.js';

const good = '{"at_ms":5,"path":"/api/events/broadcast","body":{"event_type":"sit","data":{}}}';

describe('parseTrace', () => {
  it('reads a request a line and passes over empty lines', () => {
    const entry = { atMs: 5, path: '/api/events/broadcast', body: { event_type: 'sit', data: {} } };

    expect(parseTrace(`${good}\n\n${good}\r\n`, 'trace')).toEqual([entry, entry]);
  });

  it.each([
    ['{"at_ms":5', 'must be JSON'],
    ['[1]', 'must be a JSON object'],
    [good.replace('5', '-1'), 'at_ms must be a number of 0 or more'],
    [good.replace('5', '"5"'), 'at_ms must be a number of 0 or more'],
    [good.replace('5', '4'), 'at_ms must not be less than in the line before, 5'],
    [good.replace('broadcast', 'broadcast/nothing'), 'path must be one of /api/events/broadcast, '],
    [good.replace('/api/events/broadcast', '/health/live'), 'path must be one of '],
    [good.replace('"body":{"event_type":"sit","data":{}}', '"body":[]'), 'body must be a JSON object'],
  ])('refuses %s by line and rule', (line, rule) => {
    expect(() => parseTrace(`${good}\n${line}\n${good}`, 'dog.jsonl')).toThrow(`dog.jsonl, line 2: ${rule}`);
  });

  it('refuses a file without requests', () => {
    expect(() => parseTrace('\n', 'dog.jsonl')).toThrow('dog.jsonl holds no requests');
  });
});
