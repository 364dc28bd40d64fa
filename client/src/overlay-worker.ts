import { Painter } from './show/painter.js';
import type { Drawn, Order } from './show/remote-painter.js';

/** The script of a worker that draws for `showOverlays`: it needs no other line than the import of this module. */
const painters = new Map<string, Painter>();

addEventListener('message', ({ data: order }: MessageEvent<Order>) => {
  const { id } = order;
  const painter = painters.get(id);

  if ('canvases' in order) painters.set(id, newPainter(id, order.canvases));
  else if ('put' in order) painter?.put(order.put, order.receivedAt);
  else if ('retain' in order) painter?.retain(order.retain);
  else if ('look' in order) painter?.look(order.look);
  else if ('show' in order) painter?.show(order.show);
  else {
    painter?.stop();
    painters.delete(id);
  }
});

function newPainter(id: string, canvases: readonly OffscreenCanvas[]): Painter {
  const contexts = canvases.flatMap((canvas) => canvas.getContext('2d') ?? []);
  let told: number | undefined;

  return new Painter(contexts, (frame) => {
    if (frame !== told) postMessage({ id, frame } satisfies Drawn);
    told = frame;
  });
}
