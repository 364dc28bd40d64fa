import type { OverlayMessage, OverlayType } from 'dogmonitor-client';
import { drawOverlay, TTL_MS } from 'dogmonitor-client/overlay';
import { frameOf, overlayAt, type OverlaySlots, type Slot } from './overlay-slots.js';
import type { View } from './painter.js';

/** A picture whose size nobody tells: the overlays of the guide say nothing of theirs. In pixels. */
const USUAL_SIZE = { videoWidth: 1280, videoHeight: 720 };

/** How long each is drawn, in ms. Of boxes and poses: from one second on they fade. */
const TTL = { ...TTL_MS, detection: 1_600, pose: 1_600 };
/** The share of its time after which an overlay may look different from one frame to the next. */
const STEADY = 0.55;

interface Pick {
  message: OverlayMessage;
  slot: Slot;
}

/** One canvas with the overlays of some types, drawn anew only when something of it has changed. */
export class OverlayLayer {
  private last: readonly OverlayMessage[] = [];
  private lastLook = '';

  constructor(
    private readonly context: OffscreenCanvasRenderingContext2D,
    private readonly types: readonly OverlayType[],
  ) {}

  /** Returns in how many ms time alone will have changed it; `undefined` when never. @param now in ms since 1970 */
  draw(slots: OverlaySlots, view: View, now: number): number | undefined {
    const picks = slots
      .of(this.types, view.camera)
      .flatMap((slot) => pickOf(slot, view.frame) ?? [])
      .filter(({ slot }) => now - slot.receivedAt < TTL[slot.type]);
    const steadyMs = Math.min(...picks.map(({ slot }) => slot.receivedAt + STEADY * TTL[slot.type] - now));

    if (steadyMs < 0 || !this.isSame(picks, view)) this.paint(picks, view, now);

    return steadyMs === Infinity ? undefined : Math.max(0, steadyMs);
  }

  private isSame(picks: readonly Pick[], { width, height, pixelRatio, picture, minConfidence }: View): boolean {
    const look = JSON.stringify([width, height, pixelRatio, picture, minConfidence]);
    const isSame =
      look === this.lastLook &&
      picks.length === this.last.length &&
      picks.every(({ message }, index) => message === this.last[index]);
    this.lastLook = look;
    this.last = picks.map(({ message }) => message);

    return isSame;
  }

  private paint(picks: readonly Pick[], view: View, now: number): void {
    this.clear(view);

    for (const { message, slot } of picks) {
      drawOverlay(this.context, message, {
        // On the scene the overlay's own picture is all there is.
        ...(view.picture ?? ('width' in message.data && 'height' in message.data ? {} : USUAL_SIZE)),
        now,
        receivedAt: slot.receivedAt,
        ttlMs: TTL,
        minConfidence: view.minConfidence,
        clockOffsetMs: false,
        pixelRatio: view.pixelRatio,
      });
    }
  }

  private clear({ pixelRatio, ...size }: View): void {
    const { canvas } = this.context;
    const width = Math.round(size.width * pixelRatio);
    const height = Math.round(size.height * pixelRatio);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;

    this.context.clearRect(0, 0, width, height);
  }
}

/** What tells its frame is of no other one, and rather not drawn than over that. */
function pickOf(slot: Slot, frame: number | undefined): Pick | undefined {
  const goesWithFrames = frame !== undefined && frameOf(slot.message) !== undefined;
  const message = goesWithFrames ? overlayAt(slot, frame)?.message : slot.message;

  return message && { message, slot };
}
