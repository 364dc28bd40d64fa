import { FrameClock } from './frame-clock.js';
import type { FrameOverlay, OverlayStore, Slot } from './overlay-store.js';

/** How far the video stays behind the newest overlay, in seconds: so the overlay of a frame is here when it is shown. */
const BEHIND_S = 0.12;
/** Further apart than this, in seconds, the video jumps. */
const JUMP_S = 0.5;
/** How much faster or slower it plays for each second that it is off, and at most. */
const PULL = 0.6;
const MAX_PULL = 0.15;

/** An overlay stands for the frames after it until the next one, and at most for so many; the heat comes seldom. */
const HOLDS_FRAMES = { detection: 3, pose: 3, heatmap: 30, zone: Infinity, annotation: 300 } as const;

/**
 * Brings together a recorded video and the overlays of its frames, that come at their own time: the video follows the
 * overlays by its speed, or by a jump, and for each frame the overlay of that very frame is drawn.
 */
export class FrameSync {
  private readonly clock = new FrameClock();
  private request = 0;
  private isFollowing = false;

  /** @param onShow called for each new frame of the video */
  constructor(
    private readonly video: HTMLVideoElement,
    private readonly store: OverlayStore,
    private readonly onShow: () => void,
  ) {
    store.keepFrames(true);
    store.onFrame = (frame) => this.follow(frame);
    this.watch();
  }

  /** The frame that is shown, once overlays with frames have come; `undefined` means: draw the newest. */
  get frame(): number | undefined {
    return this.isFollowing ? this.clock.frame : undefined;
  }

  stop(): void {
    this.video.cancelVideoFrameCallback(this.request);
    this.store.onFrame = undefined;
    this.store.keepFrames(false);
    this.video.playbackRate = 1;
  }

  private watch(): void {
    this.request = this.video.requestVideoFrameCallback((_now, { mediaTime }) => {
      this.clock.show(mediaTime);
      this.onShow();
      this.watch();
    });
  }

  private follow(frame: number): void {
    const { video } = this;
    const target = frame / this.clock.rate;
    // A live camera counts on and on: its frames are of no recording.
    if (!Number.isFinite(video.duration) || target > video.duration + 1) {
      this.isFollowing = false;
      return;
    }

    this.isFollowing = true;
    if (video.seeking || video.paused) return;

    const ahead = target - BEHIND_S - video.currentTime;
    if (Math.abs(ahead) > JUMP_S) video.currentTime = Math.max(0, target - BEHIND_S / 2);
    else video.playbackRate = 1 + Math.max(-MAX_PULL, Math.min(MAX_PULL, ahead * PULL));
  }
}

/** The overlay of a frame: its own or the last one before it, where that is not too old. Of two, the one that came later. */
export function overlayAt({ frames, type }: Slot, frame: number): FrameOverlay | undefined {
  let best: FrameOverlay | undefined;
  for (const each of frames) if (each.frame <= frame && each.frame >= (best?.frame ?? 0)) best = each;

  return best && frame - best.frame <= HOLDS_FRAMES[type] ? best : undefined;
}
