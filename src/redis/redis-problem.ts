/** Why Redis is of no use now. */
export interface RedisProblem {
  /** One line. Names the command that was refused, and none of its arguments: a password may be among them. */
  readonly text: string;
  /** Whether Redis answered, with an error. Otherwise it was not reached, or what answered is no Redis. */
  readonly isRefusal: boolean;
  /** The first word of such an answer, such as `NOPERM`; else empty. */
  readonly code: string;
}

/** An error that Redis answered, as ioredis gives it. */
interface ReplyError extends Error {
  readonly name: 'ReplyError';
  readonly command?: { readonly name: string };
}

/** Parts of an answer that say more than `ERR`. The answer itself is not shown: Redis repeats arguments in some. */
const TELLING = [
  'unknown command',
  'max number of clients reached',
  'no permissions',
  'DB index is out of range',
  'cluster support disabled',
];

/** Most refusals that are told between two times in step. */
const MAX_TOLD = 8;

const MAX_TEXT_LENGTH = 200;

export function problemOf(error: unknown): RedisProblem {
  if (!isReplyError(error)) return { text: textOf(error), isRefusal: false, code: '' };

  const [code] = /^[A-Z]{2,20}\b/.exec(error.message) ?? ['ERR'];
  const message = error.message.toLowerCase();
  const telling = TELLING.find((part) => message.includes(part.toLowerCase()));
  const text = `Redis refused ${error.command?.name.toUpperCase() ?? 'a command'}: ${code}`;

  return { text: telling === undefined ? text : `${text}, ${telling}`, isRefusal: true, code };
}

/** Chooses what is worth a line while Redis is of no use: the first problem, and each refusal that is a new one. */
export class ProblemNews {
  private readonly told = new Set<string>();

  /** Whether to tell this one; `true` once for each. */
  isNews({ text, isRefusal }: RedisProblem): boolean {
    if (this.told.size > 0 && (!isRefusal || this.told.has(text) || this.told.size >= MAX_TOLD)) return false;
    this.told.add(text);

    return true;
  }

  /** All is well again. */
  clear(): void {
    this.told.clear();
  }
}

function isReplyError(error: unknown): error is ReplyError {
  return error instanceof Error && error.name === 'ReplyError';
}

/** What Node says of a connection is told as it is, of ioredis only the words before what it may quote from a server. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const { code, syscall } = error as NodeJS.ErrnoException;
  const text =
    syscall === 'connect' || syscall === 'getaddrinfo'
      ? error.message
      : (code ?? error.message.split(/[.:"(]/, 1)[0] ?? '');

  return text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, MAX_TEXT_LENGTH);
}
