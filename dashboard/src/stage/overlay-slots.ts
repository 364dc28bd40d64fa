import type { OverlayMessage, OverlayType } from 'dogmonitor-client';

/** The newest overlay of one type and source. */
export interface Slot {
  readonly type: OverlayType;
  readonly source: string;
  message: OverlayMessage;
  /** In ms since 1970. */
  receivedAt: number;
  /** Those with a frame number, in the order they came, for a video that shows these frames. */
  readonly frames: FrameOverlay[];
}

export interface FrameOverlay {
  frame: number;
  message: OverlayMessage;
}

/** A producer that makes up sources must not fill the memory. */
export const MAX_SLOTS = 64;
/** Ten seconds of a fast camera. */
const MAX_FRAMES = 600;

/** An overlay stands for the frames after it until the next one, and at most for so many; the heat comes seldom. */
const HOLDS_FRAMES = { detection: 3, pose: 3, heatmap: 30, zone: Infinity, annotation: 300 } as const;

/** What there is to be drawn: of each type and source the newest, so that in a hidden page nothing piles up. */
export class OverlaySlots {
  private readonly slots = new Map<string, Slot>();
  private keepsFrames = false;

  put(message: OverlayMessage, receivedAt: number): void {
    const { overlay_type: type, source = '' } = message;
    const key = `${type} ${source}`;
    const slot = this.slots.get(key) ?? { type, source, message, receivedAt, frames: [] };
    slot.message = message;
    slot.receivedAt = receivedAt;

    const frame = frameOf(message);
    if (this.keepsFrames && frame !== undefined) keepFrame(slot.frames, frame, message);
    if (!this.slots.has(key)) this.makeRoom();
    this.slots.set(key, slot);
  }

  /** Of one camera, or of all; those to be drawn first come first. */
  of(types: readonly OverlayType[], source: string): Slot[] {
    const slots = [...this.slots.values()].filter((slot) => source === '' || slot.source === source);

    return types.flatMap((type) => slots.filter((slot) => slot.type === type));
  }

  /** Whether older overlays are kept as well, to go with the frames of a video. */
  keepFrames(keeps: boolean): void {
    this.keepsFrames = keeps;
    this.slots.forEach(({ frames }) => (frames.length = 0));
  }

  /** Forgets what is not of these types. */
  retain(types: readonly OverlayType[]): void {
    for (const [key, { type }] of this.slots) if (!types.includes(type)) this.slots.delete(key);
  }

  private makeRoom(): void {
    const [oldest] = this.slots.keys();
    if (this.slots.size >= MAX_SLOTS && oldest !== undefined) this.slots.delete(oldest);
  }
}

/** Which frame of its recording an overlay is of. */
export function frameOf({ data: { frame } }: OverlayMessage): number | undefined {
  return typeof frame === 'number' && Number.isSafeInteger(frame) && frame >= 0 ? frame : undefined;
}

/** The overlay of a frame: its own or the last one before it, where that is not too old. Of two, the one that came later. */
export function overlayAt({ frames, type }: Slot, frame: number): FrameOverlay | undefined {
  let best: FrameOverlay | undefined;
  for (const each of frames) if (each.frame <= frame && each.frame >= (best?.frame ?? 0)) best = each;

  return best && frame - best.frame <= HOLDS_FRAMES[type] ? best : undefined;
}

/** What is of the last round of a recording stays: a video that is a little behind still shows its end. */
function keepFrame(frames: FrameOverlay[], frame: number, message: OverlayMessage): void {
  frames.push({ frame, message });
  if (frames.length > MAX_FRAMES) frames.splice(0, MAX_FRAMES / 2);
}
