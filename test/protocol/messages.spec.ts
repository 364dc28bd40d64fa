import { describe, expect, it } from '@jest/globals';
import { type MessageDraft, pickMessage } from '../../src/protocol/messages.js';
import { messageViolations } from '../../src/protocol/rules.js';

const all = { event_type: 'sit', overlay_type: 'zone', source: 'cam', data: { n: 1 }, id: 'x', offset: '1-0' };

describe('pickMessage', () => {
  it.each([
    ['event', { event_type: 'sit' }],
    ['overlay', { overlay_type: 'zone' }],
    // An `overlay_type` would give the newest of a source more than one place.
    ['telemetry', {}],
    ['alarm', { event_type: 'sit', overlay_type: 'zone' }],
  ])('keeps of an %s the fields that its type has', (type, own) => {
    expect(pickMessage({ ...all, type })).toEqual({ type, ...own, source: 'cam', data: { n: 1 } });
  });

  it.each(['\ud800', 'a\udc00', '\udc00\ud800'])('is of no name that UTF-8 cannot hold: %j', (name) => {
    const { length } = messageViolations({ type: name, event_type: name, overlay_type: name, source: name, data: {} });

    expect(length).toBe(4);
    expect(messageViolations({ type: '🐕', source: '🐕', data: { text: name } })).toEqual([]);
  });

  it.each(['overlay', 'telemetry', 'alarm'])('takes null in an optional field of an %s for absent', (type) => {
    const draft = { type, event_type: null, source: null, data: {}, overlay_type: type === 'overlay' ? 'zone' : null };

    expect(messageViolations(draft as unknown as MessageDraft)).toEqual([]);
    expect(Object.keys(pickMessage(draft as unknown as MessageDraft))).not.toContain('event_type');
  });
});
