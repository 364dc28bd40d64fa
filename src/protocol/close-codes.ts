/**
 * What a client does after a close:
 *
 * - `soon`: connects again within a moment, since the close was about this client alone
 * - `spread`: connects again at a time of its own in the next seconds, since others have lost the same hub just now
 * - `never`: stays closed, since the next connection would end the same way
 */
export type Retry = 'soon' | 'spread' | 'never';

/** What a close frame says. */
export interface Close {
  readonly code: number;
  readonly reason: string;
}

/**
 * Every WebSocket close code the hub uses, and what a client should do about it. Registered codes as in RFC 6455
 * section 7.4 and the IANA registry; our own follow one rule: 4000-4499 reconnect, 4500-4999 do not.
 */
export const CLOSE = {
  /** The hub shuts down: reconnect, another instance or the restarted one will answer. */
  goingAway: { code: 1001, reason: 'going away', retry: 'spread' },
  /** The client sent more than any honest one does, for seconds, or in too many pieces: frames, pings, or bytes. */
  tooManyFrames: { code: 1008, reason: 'too many frames', retry: 'never' },
  /** The client acknowledged more messages than it was sent, again and again. */
  falseAcks: { code: 1008, reason: 'acknowledged more than was sent', retry: 'never' },
  /** A client frame was larger than the limit. Sent by the WebSocket library. */
  tooBig: { code: 1009, reason: 'message too big', retry: 'soon' },
  /** The client read too slowly for too long, live or what it resumes: reconnect and resume. */
  slowConsumer: { code: 4008, reason: 'slow consumer', retry: 'soon' },
  /** No answer to a ping in time: the client, or the way to it, is gone. */
  heartbeatTimeout: { code: 4009, reason: 'heartbeat timeout', retry: 'soon' },
} as const satisfies Record<string, Close & { readonly retry: Retry }>;

/** What a client does after a close with this code, be it of the hub or of what stands before it; 1006 where it had none. */
export function retryAfter(code: number): Retry {
  if (code >= 4500 && code <= 4999) return 'never';
  if (code >= 4000 && code <= 4499) return 'soon';

  return Object.values(CLOSE).find((close) => close.code === code)?.retry ?? 'spread';
}
