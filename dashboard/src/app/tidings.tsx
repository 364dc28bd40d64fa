import { useHubEvent } from 'dogmonitor-client/react';
import { count } from './format.js';
import { gapText } from './hub.js';
import { notify } from './notices.js';

/** Tells what has happened to the connection, in notices. */
export function Tidings() {
  useHubEvent('recovered', ({ count: missed }) => {
    if (missed > 0) notify('good', `${count(missed, 'missed event')} recovered`);
  });
  useHubEvent('gap', (gap) => notify('bad', gapText(gap)));
  useHubEvent('error', ({ code, message }) => notify('bad', `${message} (${code})`));

  return null;
}
