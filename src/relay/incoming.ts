import { type MessageDraft, pickMessage } from '../protocol/messages.js';
import { isJsonObject, messageViolations } from '../protocol/rules.js';
import type { SkipReason } from './skipped.js';

/** Ids of messages that hubs give, and those of their tests. */
const ID = /^[\w.:-]{1,64}$/;

/** What is to be left out, and why. */
export interface Refusal {
  readonly reason: SkipReason;
  readonly detail: string;
}

/** A message that keeps all rules, with its known fields only. */
export interface Incoming {
  readonly draft: MessageDraft;
  /** What it says its id is; checked by `isMessageId` only. */
  readonly id: unknown;
}

export function isMessageId(id: unknown): id is string {
  return typeof id === 'string' && ID.test(id);
}

/** Reads a message that did not come by the door. The same rules hold as for a POST. */
export function parseIncoming(text: string, maxBytes: number): Incoming | Refusal {
  // The length in bytes is counted only where the length in characters leaves it open.
  if (text.length > maxBytes || (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes)) {
    return { reason: 'size', detail: `more than ${maxBytes} bytes` };
  }

  try {
    return checkIncoming(JSON.parse(text));
  } catch {
    return { reason: 'json', detail: text };
  }
}

export function checkIncoming(value: unknown): Incoming | Refusal {
  if (!isJsonObject(value)) return { reason: 'json', detail: 'not a JSON object' };

  const draft = value as unknown as MessageDraft;
  const [violation] = messageViolations(draft);
  if (violation) return { reason: 'rules', detail: violation.message };

  return { draft: pickMessage(draft), id: value['id'] };
}
