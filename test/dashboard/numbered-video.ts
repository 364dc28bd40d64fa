import type { Page } from 'playwright-core';
import { type EncodedFrame, webmOf } from '../support/webm.js';

export const WIDTH = 320;
export const HEIGHT = 180;
export const FPS = 30;
export const FRAMES = 150;

/** Where the box of a frame is: it moves by 1.5 pixels a frame, so that each frame has a place of its own. */
export const boxOf = (frame: number) => ({ x: 10 + 1.5 * frame, y: 100, w: 60, h: 60, label: 'dog', confidence: 0.9 });

export const frameAt = (x: number): number => (x - boxOf(0).x) / (boxOf(1).x - boxOf(0).x);

/** Each frame has its number in it, as eight bright or dark fields at the top. */
const RECORD = `(async () => {
  const canvas = new OffscreenCanvas(${WIDTH}, ${HEIGHT});
  const context = canvas.getContext('2d');
  const frames = [];
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const data = new Uint8Array(chunk.byteLength);
      chunk.copyTo(data);
      frames.push({ data: btoa(String.fromCharCode(...data)), atMs: Math.round(chunk.timestamp / 1000), isKey: chunk.type === 'key' });
    },
    error: (error) => { throw error; },
  });
  encoder.configure({ codec: 'vp8', width: ${WIDTH}, height: ${HEIGHT}, bitrate: 500_000, framerate: ${FPS} });
  for (let n = 0; n < ${FRAMES}; n++) {
    context.fillStyle = '#444';
    context.fillRect(0, 0, ${WIDTH}, ${HEIGHT});
    for (let bit = 0; bit < 8; bit++) {
      context.fillStyle = n >> bit & 1 ? '#fff' : '#000';
      context.fillRect(bit * 40, 0, 40, 60);
    }
    const frame = new VideoFrame(canvas, { timestamp: Math.round(n * 1e6 / ${FPS}) });
    encoder.encode(frame, { keyFrame: n % 30 === 0 });
    frame.close();
  }
  await encoder.flush();
  return frames;
})()`;

/** The video as a file; the browser encodes it. */
export async function record(page: Page): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const frames = await page.evaluate<(Omit<EncodedFrame, 'data'> & { data: string })[]>(RECORD);
  const decoded = frames.map((frame) => ({ ...frame, data: Buffer.from(frame.data, 'base64') }));
  const buffer = webmOf(decoded, WIDTH, HEIGHT, (1_000 * FRAMES) / FPS);

  return { name: 'numbers.webm', mimeType: 'video/webm', buffer };
}

/** A function that waits for the next frame, and tells which one the video shows, and where the box is that is drawn over it. */
const LOOKER = `(video) => new Promise((resolve) => {
  const copy = (source, width, height) => {
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    context.drawImage(source, 0, 0, width, height);
    return context;
  };
  video.requestVideoFrameCallback(() => requestAnimationFrame(() => {
    const overlay = document.querySelector('.stage-overlay:last-of-type');
    const picture = copy(video, ${WIDTH}, ${HEIGHT});
    let frame = 0;
    for (let bit = 0; bit < 8; bit++) if (picture.getImageData(bit * 40 + 20, 30, 1, 1).data[0] > 128) frame |= 1 << bit;
    const { width, height } = overlay;
    const scale = Math.min(width / ${WIDTH}, height / ${HEIGHT});
    const left = (width - ${WIDTH} * scale) / 2;
    const row = copy(overlay, width, height).getImageData(0, Math.round(height / 2 + 40 * scale), width, 1).data;
    const bright = [];
    if (getComputedStyle(overlay).visibility !== 'hidden')
    for (let x = 0; x < width; x++) if (row[4 * x] > 180 && row[4 * x + 3] > 180) bright.push(x);
    if (bright.length === 0) resolve({ frame, x: null, end: null });
    else resolve({ frame, x: (bright[0] + 0.5 - left) / scale, end: (bright.at(-1) + 0.5 - left) / scale });
  }));
})`;
export const LOOK = `(${LOOKER})(document.querySelector('video'))`;

/** Looks at the next video of the page at each frame from its first on, until it has seen so many boxes. */
export const LOOK_FROM_START = `(async () => {
  const look = ${LOOKER};
  const video = await new Promise((resolve) => {
    new MutationObserver((_changes, observer) => {
      const added = document.querySelector('video');
      if (added) resolve(added);
      if (added) observer.disconnect();
    }).observe(document.body, { childList: true, subtree: true });
  });
  const looks = [];
  while (looks.filter(({ x }) => x !== null).length < 10) looks.push(await look(video));
  return looks;
})()`;

/** What happens in the video, and in which frame. */
export const EVENTS = { dog_detected: 5, stand: 30, bark: 60, fetch_return: 100, sit: 140 } as const;
/** The one cell that is hot, in a grid of 16 by 9: 20 by 20 pixels of the video. */
export const HOT = { column: 12, row: 4 };

/** Lines of a trace: a box for each frame, the heat, and what happens. */
export function traceOf(): string[] {
  const post = (frame: number, path: string, body: object): object => ({
    at_ms: Math.round((1_000 * frame) / FPS),
    path: `/api/events/broadcast${path}`,
    body,
  });
  const overlay = (frame: number, overlay_type: string, data: object): object =>
    post(frame, '/overlay', { overlay_type, data: { frame, width: WIDTH, height: HEIGHT, ...data } });
  const cells = Array.from({ length: 16 * 9 }, (_, cell) => (cell === HOT.row * 16 + HOT.column ? 1 : 0));

  const lines = Array.from({ length: FRAMES }, (_, frame) => [
    overlay(frame, 'detection', { boxes: [boxOf(frame)] }),
    ...(frame % 15 === 0 ? [overlay(frame, 'heatmap', { cols: 16, rows: 9, cells })] : []),
    ...Object.entries(EVENTS).flatMap(([event_type, at]) =>
      at === frame ? [post(frame, '', { event_type, data: { frame } })] : [],
    ),
  ]);

  return lines.flat().map((line) => JSON.stringify(line));
}

/** Where the heat is in its middle, in pixels of the video, and how much there is. */
export const HEAT = `(() => {
  const overlay = document.querySelector('.stage-overlay');
  const { width, height } = overlay;
  const scale = Math.min(width / ${WIDTH}, height / ${HEIGHT});
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  context.drawImage(overlay, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  let [sum, x, y] = [0, 0, 0];
  for (let i = 0; i < data.length; i += 4) {
    sum += data[i + 3];
    x += data[i + 3] * ((i / 4) % width);
    y += data[i + 3] * Math.floor(i / 4 / width);
  }
  return {
    sum,
    x: (x / sum - (width - ${WIDTH} * scale) / 2) / scale,
    y: (y / sum - (height - ${HEIGHT} * scale) / 2) / scale,
  };
})()`;

export interface Look {
  frame: number;
  /** The middle of its left line and of its right one; `null` where no box is drawn. */
  x: number | null;
  end: number | null;
}
