import { invalidMessage } from './errors.js';
import { type MessageDraft, pickMessage } from './messages.js';
import { messageViolations } from './rules.js';

declare const checked: unique symbol;

/** A message that keeps all rules: a copy of its own, with the known fields in the order of the guide. */
export type CheckedMessage = MessageDraft & { readonly [checked]: true };

/** For fields that were checked one by one, as those of a DTO are by its decorators; `checkMessage` is for all else. */
export function checkedMessage(fields: Parameters<typeof pickMessage>[0]): CheckedMessage {
  return pickMessage(fields) as CheckedMessage;
}

/** @throws HubError `INVALID_MESSAGE` with each field and the rule it breaks */
export function checkMessage(draft: MessageDraft): CheckedMessage {
  const violations = messageViolations(draft);
  if (violations.length > 0) throw invalidMessage(violations);

  return checkedMessage(draft);
}
