/**
 * Every WebSocket close code the hub uses, and what a client should do about it. Registered codes as in RFC 6455
 * section 7.4 and the IANA registry; our own follow one rule: 4000-4499 reconnect, 4500-4999 do not.
 */
export const CLOSE = {
  /** The hub shuts down: reconnect, another instance or the restarted one will answer. */
  goingAway: { code: 1001, reason: 'going away' },
  /** A client frame was larger than the limit. Sent by the WebSocket library. */
  tooBig: { code: 1009, reason: 'message too big' },
  /** The client read too slowly for too long, live or what it resumes: reconnect and resume. */
  slowConsumer: { code: 4008, reason: 'slow consumer' },
  /** No answer to a ping in time: the client, or the way to it, is gone. */
  heartbeatTimeout: { code: 4009, reason: 'heartbeat timeout' },
} as const;

export interface Close {
  readonly code: number;
  readonly reason: string;
}
