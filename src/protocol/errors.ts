import { MAX_VIOLATIONS } from './limits.js';

/** Stable names of all errors a user can meet; the docs have a line for each. */
export type ErrorCode =
  | 'BAD_REQUEST'
  | 'BINARY_FRAME'
  | 'CONFLICT'
  | 'FORBIDDEN'
  | 'HEADERS_TOO_LARGE'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'INTERNAL'
  | 'INVALID_JSON'
  | 'INVALID_MESSAGE'
  | 'MESSAGE_TOO_LARGE'
  | 'METHOD_NOT_ALLOWED'
  | 'NOT_FOUND'
  | 'RATE_LIMITED'
  | 'REQUEST_TIMEOUT'
  | 'SHUTTING_DOWN'
  | 'TOO_MANY_CONNECTIONS'
  | 'UNAUTHENTICATED'
  | 'UNKNOWN_TYPE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'UPGRADE_REQUIRED'
  | 'URI_TOO_LONG';

/** One broken rule: `field` is a path such as `data.boxes[3].w`, `rule` a short stable name. */
export interface Violation {
  field: string;
  rule: string;
  message: string;
}

/**
 * The only error the core throws. The message starts lower-case and names the thing and the limit; it may be shown
 * to whoever caused it.
 */
export class HubError extends Error {
  override readonly name = 'HubError';
  /** The first of them: a message may break any number of rules. */
  readonly violations: readonly Violation[];
  /** How many more there are. */
  readonly more: number;

  constructor(
    readonly code: ErrorCode,
    message: string,
    { violations = [], more = 0, ...options }: ErrorOptions & { violations?: readonly Violation[]; more?: number } = {},
  ) {
    super(message, options);
    this.violations = violations.slice(0, MAX_VIOLATIONS);
    this.more = more + violations.length - this.violations.length;
  }
}

/**
 * The error for a message that breaks at least one rule.
 * @param more how many it breaks beside these
 */
export function invalidMessage(violations: readonly Violation[], more = 0): HubError {
  return new HubError('INVALID_MESSAGE', summaryOf(violations, more, 'message is not valid'), { violations, more });
}

/** The error for a request whose parameters break at least one rule. */
export function badRequest(violations: readonly Violation[]): HubError {
  return new HubError('BAD_REQUEST', summaryOf(violations, 0, 'request is not valid'), { violations });
}

function summaryOf(violations: readonly Violation[], more: number, fallback: string): string {
  const others = violations.length - 1 + more;

  return `${violations[0]?.message ?? fallback}${others > 0 ? ` (and ${others} more)` : ''}`;
}

/** The HTTP status of each error. */
export const HTTP_STATUS: Record<ErrorCode, number> = {
  BAD_REQUEST: 400,
  BINARY_FRAME: 400,
  CONFLICT: 409,
  FORBIDDEN: 403,
  HEADERS_TOO_LARGE: 431,
  IDEMPOTENCY_KEY_REUSED: 422,
  INTERNAL: 500,
  INVALID_JSON: 400,
  INVALID_MESSAGE: 400,
  MESSAGE_TOO_LARGE: 413,
  METHOD_NOT_ALLOWED: 405,
  NOT_FOUND: 404,
  RATE_LIMITED: 429,
  REQUEST_TIMEOUT: 408,
  SHUTTING_DOWN: 503,
  TOO_MANY_CONNECTIONS: 503,
  UNAUTHENTICATED: 401,
  UNKNOWN_TYPE: 400,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UPGRADE_REQUIRED: 426,
  URI_TOO_LONG: 414,
};

/** When to come again, in s, for `Retry-After`; `undefined` where that would change nothing. */
export function retryAfterOf({ code }: { code: ErrorCode }): number | undefined {
  return code === 'TOO_MANY_CONNECTIONS' ? 5 : undefined;
}

/** The JSON of every HTTP error. */
export interface ErrorBody {
  statusCode: number;
  code: ErrorCode;
  message: string;
  /** The broken rules, where a message or a parameter broke some; 20 at most. */
  errors?: readonly Violation[];
  /** How many more were broken. */
  more?: number;
}

export function errorBody({ code, message, violations, more }: HubError): ErrorBody {
  return {
    statusCode: HTTP_STATUS[code],
    code,
    message,
    ...(violations.length > 0 && { errors: violations }),
    ...(more > 0 && { more }),
  };
}
