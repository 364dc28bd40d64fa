import { Agent, type IncomingMessage, request } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { printable } from '../protocol/printable.js';
import { isJsonObject } from '../protocol/rules.js';
import type { HubRequest } from './requests.js';

/** How long a hub may take to answer, in ms. */
const ANSWER_TIMEOUT_MS = 10_000;

/** What is shown of an answer that refuses, in characters. */
const MAX_ANSWER_LENGTH = 500;

/** Statuses that say "not now": the hub stops, or a balancer has none. */
const AWAY_STATUSES = new Set([502, 503, 504]);

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection lost',
  ENOTFOUND: 'unknown host',
};

/** What the hub made of a request. */
export interface Answer {
  isAccepted: boolean;
  status: number;
  /** The hub's own words where it refused. */
  text: string;
}

/** There is no hub, or it cannot answer now; the same request may succeed later. */
export class HubAway extends Error {
  override readonly name = 'HubAway';
}

/** Brings requests to a hub over connections that it keeps open. */
export class Poster {
  private readonly isSecure: boolean;
  private readonly agent: Agent;

  /**
   * @param url of the hub, http or https, without a slash at the end
   * @param maxSockets requests that may be under way at once; with 1 they arrive in the order of the calls
   */
  constructor(
    private readonly url: string,
    maxSockets: number,
  ) {
    this.isSecure = url.startsWith('https:');
    this.agent = new (this.isSecure ? SecureAgent : Agent)({ keepAlive: true, maxSockets });
  }

  /** @throws HubAway */
  async post({ path, body }: HubRequest): Promise<Answer> {
    try {
      const response = await this.exchange(path, Buffer.from(JSON.stringify(body)));
      const status = response.statusCode ?? 0;
      const answer = printable(messageOf(await text(response)));
      if (AWAY_STATUSES.has(status)) throw new HubAway(`${status} ${answer}`);

      return { isAccepted: status >= 200 && status < 300, status, text: answer };
    } catch (error) {
      throw error instanceof HubAway ? error : new HubAway(reasonOf(error), { cause: error });
    }
  }

  /** Ends all connections; requests under way fail with `HubAway`. */
  close(): void {
    this.agent.destroy();
  }

  private exchange(path: string, payload: Buffer): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing = (this.isSecure ? secureRequest : request)(this.url + path, {
        method: 'POST',
        agent: this.agent,
        timeout: ANSWER_TIMEOUT_MS,
        headers: { 'content-type': 'application/json', 'content-length': payload.length },
      });
      outgoing.on('response', resolve);
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer in ${ANSWER_TIMEOUT_MS / 1000} s`)));
      outgoing.on('error', reject);
      outgoing.end(payload);
    });
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;

  return REASONS[code ?? ''] ?? message;
}

/** The `message` of the hub's error body, or the start of whatever else came. */
function messageOf(body: string): string {
  try {
    const value: unknown = JSON.parse(body);
    if (isJsonObject(value) && typeof value['message'] === 'string')
      return value['message'].slice(0, MAX_ANSWER_LENGTH);
  } catch {
    // Not the hub's JSON: a proxy's page, most likely.
  }

  return body.slice(0, MAX_ANSWER_LENGTH).replace(/\s+/g, ' ').slice(0, 120);
}
