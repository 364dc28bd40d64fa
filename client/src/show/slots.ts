import { conflationKeyOf, type OverlayMessage, type OverlayType } from '../../../src/protocol/messages.js';
import { OVERLAY_ORDER, OVERLAYS } from '../overlay/overlays.js';
import { fieldsOf } from '../overlay/sound.js';

/** One overlay, and when it came, in ms since 1970. */
export interface Arrival {
  readonly message: OverlayMessage;
  readonly receivedAt: number;
}

interface FrameArrival extends Arrival {
  readonly frame: number;
}

/** The newest overlay of one type and source, and the last ones that tell their frame, in the order they came. */
interface Slot {
  readonly type: OverlayType;
  readonly source: string;
  newest: Arrival;
  readonly frames: FrameArrival[];
}

/** Most overlays that are shown at once; only zones of very many cameras could be more. */
const MAX_SLOTS = 256;
/** Frames that are remembered: enough to find one that box and pose have in common, or ten seconds for a video. */
const MAX_LIVE_FRAMES = 8;
const MAX_VIDEO_FRAMES = 600;
/** A frame that two types have in common may be this much older than the newest overlay, in ms. */
const MAX_BEHIND_MS = 250;
/** In a video, an overlay stands for the frames after its own until the next one, and at most for so many. */
const HOLDS_FRAMES = { frame: 3, seconds: 30, stands: Infinity } as const;

/** What there is to draw. Of each type and source it keeps the newest, so that nothing piles up in a hidden page. */
export class OverlaySlots {
  private readonly slots = new Map<string, Slot>();

  put(message: OverlayMessage, receivedAt: number, isForVideo: boolean): void {
    const key = conflationKeyOf(message);
    const newest = { message, receivedAt };
    const slot = this.slots.get(key) ?? {
      type: message.overlay_type,
      source: message.source ?? '',
      newest,
      frames: [],
    };
    slot.newest = newest;

    const frame = frameOf(message);
    const most = isForVideo ? MAX_VIDEO_FRAMES : MAX_LIVE_FRAMES;
    if (frame !== undefined) slot.frames.push({ ...newest, frame });
    // Half of them at once: to shift each time would move all that stay.
    if (slot.frames.length > most) slot.frames.splice(0, slot.frames.length - most / 2);
    this.slots.set(key, slot);
    if (this.slots.size > MAX_SLOTS) this.slots.delete(this.slots.keys().next().value ?? '');
  }

  /** Forgets what is not of these types. */
  retain(types: readonly string[]): void {
    for (const [key, { type }] of this.slots) if (!types.includes(type)) this.slots.delete(key);
  }

  /** Forgets each type and source whose newest overlay is over. */
  drop(isOver: (newest: Arrival) => boolean): void {
    for (const [key, { newest }] of this.slots) if (isOver(newest)) this.slots.delete(key);
  }

  /**
   * What belongs together, from the ground up.
   * @param shown the frame that the video shows; `undefined` for a live picture, which shows what is newest
   */
  picks(shown: number | undefined): Arrival[] {
    const all = [...this.slots.values()];
    const sources = new Set(all.map(({ source }) => source));
    const frames = new Map(
      [...sources].map((source) => [
        source,
        commonFrame(
          all.filter((slot) => slot.source === source),
          shown,
        ),
      ]),
    );

    return OVERLAY_ORDER.flatMap((type) =>
      all.flatMap((slot) => (slot.type === type ? (pick(slot, frames.get(slot.source), shown) ?? []) : [])),
    );
  }
}

/** Which frame an overlay is of. */
export function frameOf({ data }: OverlayMessage): number | undefined {
  const { frame } = fieldsOf(data);

  return typeof frame === 'number' && Number.isSafeInteger(frame) && frame >= 0 ? frame : undefined;
}

/**
 * The frame to draw of a source: the newest that box and pose have in common, since drawn together they must be of one
 * moment. Where they have had none in common lately, one of them has come to an end or is left out; where they never have,
 * their numbers have nothing to do with each other, and it is `undefined`.
 */
function commonFrame(slots: readonly Slot[], shown: number | undefined): number | undefined {
  const [first, ...others] = slots
    .filter(({ type, newest }) => OVERLAYS[type].pace === 'frame' && frameOf(newest.message) !== undefined)
    .sort((a, b) => b.newest.receivedAt - a.newest.receivedAt);
  if (!first) return shown;

  const recent = shown === undefined ? first.frames.slice(-MAX_LIVE_FRAMES) : first.frames.filter(isNear);
  const common = lastUpTo(
    recent.filter(({ frame }) => others.every(({ frames }) => frames.some((other) => other.frame === frame))),
    shown,
  );
  const isUnrelated = !common && [first, ...others].every(({ frames }) => frames.length >= MAX_LIVE_FRAMES / 2);
  if (shown === undefined && isUnrelated) return undefined;

  const isLate = shown === undefined && (common?.receivedAt ?? 0) < first.newest.receivedAt - MAX_BEHIND_MS;

  return (isLate ? undefined : common?.frame) ?? lastUpTo(first.frames, shown)?.frame ?? shown;

  function isNear({ frame }: FrameArrival): boolean {
    return shown !== undefined && frame <= shown && shown - frame <= HOLDS_FRAMES.frame;
  }
}

function pick(
  { newest, frames, type }: Slot,
  frame: number | undefined,
  shown: number | undefined,
): Arrival | undefined {
  const { pace } = OVERLAYS[type];
  const isOfFrames = frame !== undefined && frameOf(newest.message) !== undefined;
  if (!isOfFrames || (shown === undefined && pace === 'stands')) return newest;

  const best = lastUpTo(frames, frame);
  if (!best || (pace === 'frame' && best.frame !== frame)) return undefined;
  if (shown === undefined) return best;

  // A video is behind its overlays: the newest arrival tells whether they still come.
  return shown - best.frame <= HOLDS_FRAMES[pace] ? { ...best, receivedAt: newest.receivedAt } : undefined;
}

/**
 * For a live picture the last arrival, and for a video the nearest frame up to the one it shows: its overlays may have begun
 * anew while it still shows the end.
 */
function lastUpTo(frames: readonly FrameArrival[], shown: number | undefined): FrameArrival | undefined {
  if (shown === undefined) return frames.at(-1);

  let best: FrameArrival | undefined;
  for (const each of frames) if (each.frame <= shown && each.frame >= (best?.frame ?? 0)) best = each;

  return best;
}
