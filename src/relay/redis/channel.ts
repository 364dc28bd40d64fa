import { createHash } from 'node:crypto';

/**
 * What the hub puts on the channel is the message as a client gets it, with a few more fields at its end, where they
 * can be cut off without parsing:
 *
 * - a logged message: `offset`, `prev` (the offset before it), `log` (the epoch it is in) and `sign`, which only those can
 *   make who may read the log itself
 * - a message of the class `latest`: `origin` (the process it is from), `at` (when it left, in ms since 1970 on
 *   the clock of Redis) and `log`: Redis has the same channels for all its databases
 *
 * All else on the channel is from somebody who knows only the guide.
 */
const LOGGED =
  /,"offset":"(\d{1,15}-\d{1,15})","prev":"(\d{1,15}-\d{1,15})","log":"([\w-]{1,64})"(?:,"sign":"(\w{40})")?}$/;
const LATEST = /,"origin":"([\w-]{1,64})","at":(\d{1,15})(?:,"log":"([\w-]{1,64})")?}$/;

/** Longest end that the patterns above can match, in characters. */
const MAX_END = 300;

export interface LoggedArrival {
  kind: 'logged';
  /** Without the fields at its end, `offset` included. */
  json: string;
  offset: string;
  prev: string;
  epoch: string;
  sign: string;
}

export interface LatestArrival {
  kind: 'latest';
  json: string;
  origin: string;
  at: number;
  /** Absent where an instance did not know it. */
  epoch: string | undefined;
}

export type Arrival = LoggedArrival | LatestArrival | { kind: 'foreign'; json: string };

/** @param epoch of the log that this instance follows; empty while it knows none */
export function withOrigin(json: string, origin: string, at: number, epoch: string): string {
  const log = epoch === '' ? '' : `,"log":"${epoch}"`;

  return `${json.slice(0, -1)},"origin":"${origin}","at":${at}${log}}`;
}

export function readArrival(text: string): Arrival {
  const end = text.slice(-MAX_END);

  const latest = LATEST.exec(end);
  if (latest?.[1] !== undefined) {
    return { kind: 'latest', json: cut(text, latest[0]), origin: latest[1], at: Number(latest[2]), epoch: latest[3] };
  }

  const [whole, offset, prev, epoch, sign = ''] = LOGGED.exec(end) ?? [];
  if (whole !== undefined && offset !== undefined && prev !== undefined && epoch !== undefined) {
    return { kind: 'logged', json: cut(text, whole), offset, prev, epoch, sign };
  }

  return { kind: 'foreign', json: text };
}

/** Whether a hub put this on the channel, together with the entry in the log. */
export function isSigned({ json, offset, prev, sign }: LoggedArrival, secret: string): boolean {
  return sign === sha1(secret + sha1(`${secret}${offset} ${prev} ${json}`));
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

function cut(text: string, end: string): string {
  return `${text.slice(0, -end.length)}}`;
}
