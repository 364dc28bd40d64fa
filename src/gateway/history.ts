import type { Delivery, Relay } from '../relay/relay.js';
import type { HistoryQuery } from './history-query.js';

/** A page is full with the message that reaches this many characters of JSON: a thousand messages may be of any size. */
const PAGE_LENGTH = 4 * 1024 * 1024;

/**
 * A page of the log as JSON, `{"events":[…],"complete":true,"next":"<offset>"}`: the messages as they are on the wire,
 * oldest first, those right after `since` or else the newest. `complete` is `false` when the log does not reach back to
 * `since`; `next` is the `since` of the page that follows, `null` while the log is empty.
 * @param scan most messages to look at, in messages
 */
export function historyPage(relay: Relay, { since, limit, matches }: HistoryQuery, scan: number): string {
  const { deliveries, complete } = relay.read({ ...(since !== undefined && { since }), limit: scan });
  const events: string[] = [];
  let length = 0;
  let next = offsetOf(deliveries.at(-1)) ?? (complete ? since : offsetOf(relay.read({ limit: 1 }).deliveries[0]));

  for (const delivery of since === undefined ? [...deliveries].reverse() : deliveries) {
    if (!matches(delivery.message)) continue;

    events.push(delivery.json);
    length += delivery.json.length;
    if (events.length < limit && length < PAGE_LENGTH) continue;

    if (since !== undefined) next = offsetOf(delivery);
    break;
  }
  if (since === undefined) events.reverse();

  return `{"events":[${events.join(',')}],"complete":${complete},"next":${JSON.stringify(next ?? null)}}`;
}

function offsetOf(delivery: Delivery | undefined): string | undefined {
  return delivery && 'offset' in delivery.message ? delivery.message.offset : undefined;
}
