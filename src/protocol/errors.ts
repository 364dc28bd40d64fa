/** Stable names of all errors a user can meet; the docs have a line for each. */
export type ErrorCode =
  | 'BAD_REQUEST'
  | 'BINARY_FRAME'
  | 'CONFLICT'
  | 'FORBIDDEN'
  | 'INTERNAL'
  | 'INVALID_JSON'
  | 'INVALID_MESSAGE'
  | 'MESSAGE_TOO_LARGE'
  | 'NOT_FOUND'
  | 'RATE_LIMITED'
  | 'SHUTTING_DOWN'
  | 'TOO_MANY_CONNECTIONS'
  | 'UNAUTHENTICATED'
  | 'UNKNOWN_TYPE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'UPGRADE_REQUIRED';

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
  readonly violations: readonly Violation[];

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions & { violations?: readonly Violation[] },
  ) {
    super(message, options);
    this.violations = options?.violations ?? [];
  }
}

/** The error for a message that breaks at least one rule. */
export function invalidMessage(violations: readonly Violation[]): HubError {
  return new HubError('INVALID_MESSAGE', summaryOf(violations, 'message is not valid'), { violations });
}

/** The error for a request whose parameters break at least one rule. */
export function badRequest(violations: readonly Violation[]): HubError {
  return new HubError('BAD_REQUEST', summaryOf(violations, 'request is not valid'), { violations });
}

function summaryOf(violations: readonly Violation[], fallback: string): string {
  const more = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';

  return `${violations[0]?.message ?? fallback}${more}`;
}

const HTTP_STATUS: Record<ErrorCode, number> = {
  BAD_REQUEST: 400,
  BINARY_FRAME: 400,
  CONFLICT: 409,
  FORBIDDEN: 403,
  INTERNAL: 500,
  INVALID_JSON: 400,
  INVALID_MESSAGE: 400,
  MESSAGE_TOO_LARGE: 413,
  NOT_FOUND: 404,
  RATE_LIMITED: 429,
  SHUTTING_DOWN: 503,
  TOO_MANY_CONNECTIONS: 503,
  UNAUTHENTICATED: 401,
  UNKNOWN_TYPE: 400,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UPGRADE_REQUIRED: 426,
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
  /** Each broken rule, where a message or a parameter broke one. */
  errors?: readonly Violation[];
}

export function errorBody({ code, message, violations }: HubError): ErrorBody {
  return { statusCode: HTTP_STATUS[code], code, message, ...(violations.length > 0 && { errors: violations }) };
}
