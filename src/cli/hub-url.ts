import { UsageError } from './options.js';

export const DEFAULT_URL = 'http://localhost:8000';

/** Where a hub is, for both of its protocols. */
export interface HubUrl {
  /** Without a slash at the end. */
  http: string;
  /** The endpoint for dashboards. */
  webSocket: string;
  /** For people: without a password. */
  name: string;
}

/**
 * Takes the address of a hub as people have it at hand: http, https, ws or wss, with or without `/ws/ui`.
 * @throws UsageError
 */
export function parseHubUrl(text: string): HubUrl {
  const [, secure, rest] = /^(?:http|ws)(s?):\/\/(.+)$/i.exec(text) ?? [];
  if (rest === undefined || !URL.canParse(`http://${rest}`)) {
    throw new UsageError(`--url must be an http, https, ws or wss URL such as ${DEFAULT_URL}, not "${text}"`);
  }

  const { protocol, username, password, host, pathname } = new URL(`http${secure}://${rest}`);
  const s = protocol === 'https:' ? 's' : '';
  const login = username && `${username}:${password}@`;
  const path = pathname.replace(/(\/ws\/ui)?\/*$/, '');

  return {
    http: `http${s}://${login}${host}${path}`,
    webSocket: `ws${s}://${login}${host}${path}/ws/ui`,
    name: `http${s}://${host}${path}`,
  };
}
