import type { Delivery } from '../protocol/messages.js';
import { compareOffsets } from '../protocol/offset.js';
import type { Relay } from '../relay/relay.js';
import type { HistoryQuery } from './history-query.js';

/** A page is full with the message that reaches this many characters of JSON: a thousand messages may be of any size. */
const PAGE_LENGTH = 4 * 1024 * 1024;

/**
 * A page of the log as JSON, in parts that are the strings of the log itself,
 * `{"events":[…],"complete":true,"next":"<offset>","epoch":"<epoch>"}`: the messages as they are on the wire,
 * oldest first, those right after `since`, those right before `before`, or else the newest. `complete` is `false` when
 * the log does not reach back to the offset that was given, or cannot vouch for it. `next` leads to the page that follows: it is its `since`,
 * `null` while the log is empty, or going back its `before`, `null` when there is no more. `epoch` goes with it.
 * @param scan most messages to look at, in messages
 */
export function historyPage(relay: Relay, query: HistoryQuery, scan: number): string[] {
  const { since, before, epoch: asked } = query;
  if (before !== undefined) return pageBefore(relay, before, query, scan);

  const { deliveries, complete, epoch } = relay.read({
    ...(since !== undefined && { since }),
    ...(asked !== undefined && { epoch: asked }),
    limit: scan,
  });
  const { page, isFull } = take(since === undefined ? [...deliveries].reverse() : deliveries, query);
  if (since === undefined) page.reverse();

  const last = since !== undefined && isFull ? page.at(-1) : deliveries.at(-1);
  const next = offsetOf(last) ?? (complete ? since : offsetOf(relay.read({ limit: 1 }).deliveries[0]));

  return pageJson(page, complete, next, epoch);
}

function pageBefore(relay: Relay, before: string, query: HistoryQuery, scan: number): string[] {
  const { epoch: asked } = query;
  const { complete, epoch } = relay.read({ since: before, ...(asked !== undefined && { epoch: asked }), limit: 1 });
  const { deliveries } = relay.read({ limit: scan });
  const end = deliveries.findLastIndex((delivery) => compareOffsets(offsetOf(delivery) ?? before, before) < 0);
  const { page, isFull } = take(deliveries.slice(0, end + 1).reverse(), query);
  page.reverse();

  return pageJson(page, complete, isFull ? offsetOf(page[0]) : undefined, epoch);
}

/** The first of these that were asked for; `isFull` when there may be more. */
function take(
  deliveries: readonly Delivery[],
  { limit, matches }: HistoryQuery,
): { page: Delivery[]; isFull: boolean } {
  const page: Delivery[] = [];
  let length = 0;

  for (const delivery of deliveries) {
    if (!matches(delivery.message)) continue;

    page.push(delivery);
    length += delivery.json.length;
    if (page.length >= limit || length >= PAGE_LENGTH) return { page, isFull: true };
  }

  return { page, isFull: false };
}

function pageJson(
  page: readonly Delivery[],
  complete: boolean,
  next: string | undefined,
  epoch: string | undefined,
): string[] {
  const parts = ['{"events":['];
  for (const [n, { json }] of page.entries()) {
    if (n > 0) parts.push(',');
    parts.push(json);
  }
  parts.push(`],${JSON.stringify({ complete, next: next ?? null, epoch }).slice(1)}`);

  return parts;
}

function offsetOf(delivery: Delivery | undefined): string | undefined {
  return delivery && 'offset' in delivery.message ? delivery.message.offset : undefined;
}
