import { compareOffsets } from '../protocol/offset.js';

/** An epoch that the log has left, and goes on from. */
export interface PastEpoch {
  readonly name: string;
  /** Up to here its messages were kept. */
  readonly head: string;
  /** The epoch that followed gave out later offsets than this. */
  readonly end: string;
}

/**
 * Whether nothing that came after this offset of this epoch was lost where one epoch ended and the next began. A client that
 * stayed connected through that has offsets of the later epoch with the name of the earlier one.
 * @param past oldest first
 */
export function isContinued(past: readonly PastEpoch[], current: string, epoch: string, offset: string): boolean {
  if (epoch === current) return true;
  const first = past.findIndex(({ name }) => name === epoch);
  if (first < 0) return false;

  for (const { head, end } of past.slice(first)) {
    if (compareOffsets(offset, head) <= 0) return true;
    if (compareOffsets(offset, end) < 0) return false;
  }

  return true;
}

const PAST = /^([\w-]{1,64}):(\d{1,15}-\d{1,15}):(\d{1,15}-\d{1,15})$/;

/** Reads `<name>:<head>:<end>` with blanks between; leaves out what is none. */
export function parsePast(text: string): PastEpoch[] {
  return text.split(' ').flatMap((item) => {
    const [, name, head, end] = PAST.exec(item) ?? [];

    return name !== undefined && head !== undefined && end !== undefined ? [{ name, head, end }] : [];
  });
}
