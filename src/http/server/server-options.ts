import type { FastifyReply } from 'fastify';
import type { HubConfig } from '../../config/hub-config.js';
import { errorBody, HubError } from '../../protocol/errors.js';
import { MAX_HEADER_BYTES } from '../../protocol/limits.js';
import { HubRequest } from './hub-request.js';

/** How long a connection may wait for its next request, in ms: longer than the balancers that keep some open. */
const KEEP_ALIVE_MS = 72_000;

/** Node looks only so often for requests that are late, in parts of their time. */
const CHECKS = 8;

/** How this hub wants its HTTP server. */
export function serverOptions(config: HubConfig) {
  return {
    bodyLimit: config.maxMessageBytes,
    requestTimeout: config.requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: {
      IncomingMessage: HubRequest,
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: config.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, Math.ceil(config.requestTimeoutMs / CHECKS)),
      // The gate answers these itself, with the JSON of every error.
      requireHostHeader: false,
    },
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
    // What the router cannot read never comes to the filter.
    frameworkErrors: (_error: unknown, _request: unknown, reply: FastifyReply) => {
      const body = errorBody(new HubError('BAD_REQUEST', 'the request target is not a valid URL'));
      void reply.status(body.statusCode).send(body);
    },
  };
}
