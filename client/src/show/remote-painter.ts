import type { OverlayMessage } from '../../../src/protocol/messages.js';
import type { Painting, View } from './painter.js';

/** What a worker is told of one painter; it has one for each `id`. */
export type Order = { readonly id: string } & (
  | { readonly canvases: readonly OffscreenCanvas[] }
  | { readonly put: OverlayMessage; readonly receivedAt: number }
  | { readonly retain: readonly string[] }
  | { readonly look: View }
  | { readonly show: number | undefined }
  | { readonly stop: true }
);

/** What a worker tells: the frame that it has drawn. */
export interface Drawn {
  readonly id: string;
  readonly frame: number | undefined;
}

let made = 0;

/** Draws in a worker that runs `dogmonitor-client/overlay-worker`. The canvases are the worker's for good. */
export class RemotePainter implements Painting {
  private readonly id = `painter ${++made}`;

  constructor(
    private readonly worker: Worker,
    canvases: readonly HTMLCanvasElement[],
    private readonly onDrawn: (frame: number | undefined) => void,
  ) {
    const given = canvases.map((canvas) => canvas.transferControlToOffscreen());
    worker.addEventListener('message', this.hear);
    this.tell({ id: this.id, canvases: given }, given);
  }

  put(message: OverlayMessage, receivedAt: number): void {
    this.tell({ id: this.id, put: message, receivedAt });
  }

  retain(types: readonly string[]): void {
    this.tell({ id: this.id, retain: types });
  }

  look(view: View): void {
    // A function cannot be sent.
    const { colorOf: _, ...theme } = view.theme ?? {};
    this.tell({ id: this.id, look: { ...view, theme } });
  }

  show(frame: number | undefined): void {
    this.tell({ id: this.id, show: frame });
  }

  stop(): void {
    this.worker.removeEventListener('message', this.hear);
    this.tell({ id: this.id, stop: true });
  }

  private tell(order: Order, transfer: Transferable[] = []): void {
    this.worker.postMessage(order, transfer);
  }

  private readonly hear = ({ data }: MessageEvent<Drawn>): void => {
    if (data.id === this.id) this.onDrawn(data.frame);
  };
}
