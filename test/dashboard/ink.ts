import type { Page } from 'playwright-core';

/** Where to look: x, y, width and height in a picture of 1280 by 720. */
export type Part = readonly [number, number, number, number];

export const WHOLE: Part = [0, 0, 1280, 720];

/** How much is drawn in a part of the overlay: the share of points that are not clear. */
export async function inkIn(page: Page, [x, y, w, h]: Part): Promise<number> {
  return page.evaluate<number>(`(() => {
    const canvases = [...document.querySelectorAll('.stage-overlay')];
    const { width, height } = canvases[0];
    if (width * height === 0) return 0;
    const scale = width / 1280;
    const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    for (const canvas of canvases) copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(${x} * scale, ${y} * scale, ${w} * scale, ${h} * scale);
    let drawn = 0;
    for (let i = 3; i < data.length; i += 4) if (data[i] > 0) drawn++;
    return drawn / (data.length / 4);
  })()`);
}
