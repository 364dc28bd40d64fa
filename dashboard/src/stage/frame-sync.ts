import { FrameClock } from './frame-clock.js';
import type { OverlayStore } from './overlay-store.js';
import { tellPainter } from './painter.js';

/** How far the video stays behind the newest overlay, in seconds: so the overlay of a frame is here when it is shown. */
const BEHIND_S = 0.12;
/** Further apart than this, in seconds, the video jumps. */
const JUMP_S = 0.5;
/** How much faster or slower it plays for each second that it is off, and at most. */
const PULL = 0.6;
const MAX_PULL = 0.15;

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
    tellPainter({ keepsFrames: true });
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
    tellPainter({ keepsFrames: false });
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
