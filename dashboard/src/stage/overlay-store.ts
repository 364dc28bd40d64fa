import type { OverlayMessage, OverlayType } from 'dogmonitor-client';
import { createStore, type Readable } from '../app/store.js';

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
const MAX_SLOTS = 64;
/** Ten seconds of a fast camera. */
const MAX_FRAMES = 600;

/**
 * The newest overlays, outside of React: they come at video rate, and are read once a frame by whoever draws. In a hidden
 * page nobody reads, and nothing piles up.
 */
export class OverlayStore {
  /** How many have come, by type. */
  readonly counts = new Map<OverlayType, number>();
  private readonly slots = new Map<string, Slot>();
  private readonly names = createStore<readonly string[]>([]);
  private readonly listeners = new Set<() => void>();
  private keepsFrames = false;

  /** The cameras that overlays have come from. */
  readonly sources: Readable<readonly string[]> = this.names;

  /** Called with each overlay that tells its frame, after it was put. */
  onFrame: ((frame: number) => void) | undefined;

  /** Calls the listener with each change: at video rate, so it must be cheap. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);

    return () => this.listeners.delete(listener);
  };

  put(message: OverlayMessage, receivedAt: number): void {
    const { overlay_type: type, source = '' } = message;
    const slot = this.slots.get(`${type} ${source}`) ?? this.newSlot(message, receivedAt);
    slot.message = message;
    slot.receivedAt = receivedAt;
    this.counts.set(type, (this.counts.get(type) ?? 0) + 1);

    const { frame } = message.data;
    if (this.keepsFrames && typeof frame === 'number' && Number.isSafeInteger(frame) && frame >= 0) {
      keepFrame(slot.frames, frame, message);
      this.onFrame?.(frame);
    }
    this.tell();
  }

  /** Of one camera, or of all; those to be drawn first come first. */
  of(types: readonly OverlayType[], source: string): Slot[] {
    const slots = [...this.slots.values()].filter((slot) => source === '' || slot.source === source);

    return types.flatMap((type) => slots.filter((slot) => slot.type === type));
  }

  /** When the newest one of a type came, in ms since 1970. */
  newestOf(type: OverlayType): number | undefined {
    const times = [...this.slots.values()].filter((slot) => slot.type === type).map(({ receivedAt }) => receivedAt);

    return times.length > 0 ? Math.max(...times) : undefined;
  }

  /** Whether older overlays are kept as well, to go with the frames of a video. */
  keepFrames(keeps: boolean): void {
    this.keepsFrames = keeps;
    this.slots.forEach(({ frames }) => (frames.length = 0));
    this.tell();
  }

  /** Forgets what is not of these types: the hub sends no more of it. */
  retain(types: readonly OverlayType[]): void {
    for (const [key, { type }] of this.slots) if (!types.includes(type)) this.slots.delete(key);
    this.tell();
  }

  private tell(): void {
    this.listeners.forEach((listener) => listener());
  }

  private newSlot(message: OverlayMessage, receivedAt: number): Slot {
    const { overlay_type: type, source = '' } = message;
    const slot: Slot = { type, source, message, receivedAt, frames: [] };
    const [oldest] = this.slots.keys();
    if (this.slots.size >= MAX_SLOTS && oldest !== undefined) this.slots.delete(oldest);
    this.slots.set(`${type} ${source}`, slot);

    const names = [...new Set([...this.slots.values()].map((each) => each.source))].sort();
    if (names.join(' ') !== this.names.get().join(' ')) this.names.set(names);

    return slot;
  }
}

/** What is of the last round of a recording stays: a video that is a little behind still shows its end. */
function keepFrame(frames: FrameOverlay[], frame: number, message: OverlayMessage): void {
  frames.push({ frame, message });
  if (frames.length > MAX_FRAMES) frames.splice(0, MAX_FRAMES / 2);
}

/** The one of the stage. */
export const overlayStore = new OverlayStore();
