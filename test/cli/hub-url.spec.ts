import { describe, expect, it } from '@jest/globals';
import { parseHubUrl } from '../../src/cli/hub-url.js';
import { UsageError } from '../../src/cli/options.js';

describe('parseHubUrl', () => {
  it.each([
    ['http://localhost:8000', 'http://localhost:8000', 'ws://localhost:8000/ws/ui'],
    ['http://localhost:8000/', 'http://localhost:8000', 'ws://localhost:8000/ws/ui'],
    ['ws://localhost:8000/ws/ui', 'http://localhost:8000', 'ws://localhost:8000/ws/ui'],
    ['https://dogs.example', 'https://dogs.example', 'wss://dogs.example/ws/ui'],
    ['WSS://dogs.example/hub/ws/ui/', 'https://dogs.example/hub', 'wss://dogs.example/hub/ws/ui'],
    ['http://[::1]:8000/?types=event#x', 'http://[::1]:8000', 'ws://[::1]:8000/ws/ui'],
  ])('reads %s', (text, http, webSocket) => {
    expect(parseHubUrl(text)).toEqual({ http, webSocket, name: http });
  });

  it('keeps a password for the connection, not for the eye', () => {
    const { http, name } = parseHubUrl('http://me:secret@localhost:8000');

    expect(http).toBe('http://me:secret@localhost:8000');
    expect(name).toBe('http://localhost:8000');
  });

  it.each(['', 'localhost:8000', 'ftp://localhost', 'http://', 'http://:8000', 'ws://a b'])('refuses "%s"', (text) => {
    expect(() => parseHubUrl(text)).toThrow(UsageError);
  });
});
