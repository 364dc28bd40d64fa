/**
 * What the hub puts on the channel is the message as a client gets it, with a few more fields at its end, where they
 * can be cut off without parsing:
 *
 * - a logged message: `offset`, `prev` (the offset before it) and `log` (the life of the log it is in)
 * - a message of the class `latest`: `origin` (the process it is from) and `at` (when it left, in ms since 1970 on
 *   the clock of Redis)
 *
 * All else on the channel is from somebody who knows only the guide.
 */
const LOGGED = /,"prev":"(\d+-\d+)","log":"([\w-]{1,64})"}$/;
const OFFSET = /,"offset":"(\d+-\d+)"$/;
const LATEST = /,"origin":"([\w-]{1,64})","at":(\d{1,15})}$/;

/** Longest end that the patterns above can match, in characters. */
const MAX_END = 200;

export type Arrival =
  | { kind: 'logged'; json: string; offset: string; prev: string; life: string }
  | { kind: 'latest'; json: string; origin: string; at: number }
  | { kind: 'foreign'; json: string };

export function withOrigin(json: string, origin: string, at: number): string {
  return `${json.slice(0, -1)},"origin":"${origin}","at":${at}}`;
}

export function readArrival(text: string): Arrival {
  const end = text.slice(-MAX_END);

  const latest = LATEST.exec(end);
  if (latest?.[1] !== undefined) {
    return { kind: 'latest', json: cut(text, latest[0]), origin: latest[1], at: Number(latest[2]) };
  }

  const logged = LOGGED.exec(end);
  const offset = logged && OFFSET.exec(end.slice(0, logged.index))?.[1];
  if (logged?.[1] !== undefined && logged[2] !== undefined && offset !== undefined && offset !== null) {
    return { kind: 'logged', json: cut(text, logged[0]), offset, prev: logged[1], life: logged[2] };
  }

  return { kind: 'foreign', json: text };
}

function cut(text: string, end: string): string {
  return `${text.slice(0, -end.length)}}`;
}
