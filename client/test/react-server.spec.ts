import { createElement, type ReactNode } from 'react';
import { renderToString } from 'react-dom/server';
import { describe, expect, it } from '@jest/globals';
import { HubProvider, useHub, useHubEvent, useHubEvents, useHubStats, useLatest, useWebSocket } from '../src/react.js';

function Everything(): ReactNode {
  const { state, isConnected } = useHub();
  const overlay = useLatest('overlay', { overlayType: 'detection' });
  const { events, dropped } = useHubEvents();
  const stats = useHubStats();
  useHubEvent('sit', () => undefined);

  return createElement(
    'p',
    null,
    [state.name, isConnected, overlay === undefined, events.length, dropped, stats === undefined].join(' '),
  );
}

function Socket(): ReactNode {
  const { messages, isConnected, dropped } = useWebSocket('/ws/ui');

  return createElement('p', null, [messages.length, isConnected, dropped].join(' '));
}

describe('rendering on a server', () => {
  it('needs no WebSocket, no address of a page, and makes no client', () => {
    // A path alone is an address in a page only: a client made here would throw.
    const page = createElement(
      'div',
      null,
      createElement(HubProvider, { url: '/ws/ui' }, createElement(Everything)),
      createElement(Socket),
    );

    expect(renderToString(page)).toBe('<div><p>idle false true 0 0 true</p><p>0 false 0</p></div>');
  });

  it('says what is missing above a hook that needs a provider', () => {
    expect(() => renderToString(createElement(Everything))).toThrow('there is no HubProvider above this component');
  });
});
