import { HubError } from '../../protocol/errors.js';
import { MAX_HEADER_BYTES } from '../../protocol/limits.js';

/** What Node's parser says, beside its code. */
export interface ClientError extends Error {
  code?: string;
  reason?: string;
  rawPacket?: Buffer;
}

/** What is wrong with bytes that are no request. `isFirstPacket`: no packet of this request came before the one at fault. */
export function hubErrorFromClient({ code, reason, rawPacket }: ClientError, isFirstPacket: boolean): HubError {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new HubError('REQUEST_TIMEOUT', 'the request did not come in time; REQUEST_TIMEOUT_MS is the limit');
    case 'HPE_HEADER_OVERFLOW':
      return isFirstPacket && rawPacket && !rawPacket.subarray(0, MAX_HEADER_BYTES).includes('\n')
        ? new HubError('URI_TOO_LONG', `the URL and all headers must be at most ${MAX_HEADER_BYTES} bytes`)
        : new HubError('HEADERS_TOO_LARGE', `the URL and all headers must be at most ${MAX_HEADER_BYTES} bytes`);
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new HubError('MESSAGE_TOO_LARGE', 'the chunk extensions of the body are too large');
    default:
      return new HubError('BAD_REQUEST', `this is not HTTP/1.1${reason ? `: ${reason}` : ''}`);
  }
}
