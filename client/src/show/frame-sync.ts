import { FrameClock } from './frame-clock.js';

/** How far the video stays behind the newest overlay, in seconds: so the overlay of a frame is here when it is shown. */
const BEHIND_S = 0.12;
/** Further apart than this, in seconds, the video jumps. */
const JUMP_S = 0.5;
/** How much faster or slower it plays for each second that it is off, and at most. */
const PULL = 0.6;
const MAX_PULL = 0.15;
/** Boxes that are further than this, in seconds, from the frame that is shown are of another moment. */
const APART_S = 0.2;

/** A frame before the first one: nothing is of it, so nothing is drawn that goes with a frame. */
const NOT_KNOWN = -1;

/**
 * Brings together a recorded video and the overlays of its frames, that come at their own time: the video follows the
 * overlays by its speed, or by a jump, and for each frame the overlay of that very frame is drawn.
 */
export class FrameSync {
  private readonly clock = new FrameClock();
  private request = 0;
  private isLive = false;

  /** @param onShow called for each new frame of the video */
  constructor(
    private readonly video: HTMLVideoElement,
    private readonly onShow: () => void,
  ) {
    this.watch();
  }

  /** The frame that is shown, for overlays that tell theirs; `undefined` means: draw the newest. */
  get frame(): number | undefined {
    return this.isLive ? undefined : (this.clock.frame ?? NOT_KNOWN);
  }

  /** Whether what was drawn for a frame is of another moment than what is shown now. */
  isApart(drawn: number | undefined): boolean {
    const { frame } = this;
    if (frame === undefined || drawn === NOT_KNOWN) return false;

    return drawn === undefined || Math.abs(frame - drawn) > APART_S * (this.clock.rate ?? 0);
  }

  stop(): void {
    this.video.cancelVideoFrameCallback(this.request);
    this.video.playbackRate = 1;
  }

  /** Plays on towards the frame of the newest overlay. */
  follow(frame: number): void {
    const { video } = this;
    const { rate } = this.clock;
    if (rate === undefined) return;
    const target = frame / rate;
    // A live camera counts on and on: its frames are of no recording.
    this.isLive = !Number.isFinite(video.duration) || target > video.duration + 1;
    if (this.isLive || video.seeking || video.paused) return;

    const ahead = target - BEHIND_S - video.currentTime;
    if (Math.abs(ahead) > JUMP_S) video.currentTime = Math.max(0, target - BEHIND_S / 2);
    else video.playbackRate = 1 + Math.max(-MAX_PULL, Math.min(MAX_PULL, ahead * PULL));
  }

  private watch(): void {
    this.request = this.video.requestVideoFrameCallback((_now, { mediaTime }) => {
      this.clock.show(mediaTime, this.video.getVideoPlaybackQuality().totalVideoFrames);
      this.onShow();
      this.watch();
    });
  }
}
