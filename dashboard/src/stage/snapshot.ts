import type { Picture } from './picture.js';

/** Of a picture that tells no size, in pixels. */
const USUAL = { width: 1280, height: 720 };

/** What a scene looks like is in the style sheet, that a picture of its own does not see. */
const SCENE_STYLES = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'opacity',
  'stop-color',
  'stop-opacity',
  'display',
];

export interface Snapshot {
  png: Blob;
  width: number;
  height: number;
}

/**
 * The picture with the overlays that are on it, in the picture's own size.
 * @throws Error with a message to show, where the camera is of another host that does not let it be read
 */
export async function takeSnapshot(picture: Picture, overlays: readonly HTMLCanvasElement[]): Promise<Snapshot> {
  const { width, height } = sizeOf(picture);
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser has no memory left for a picture');

  context.drawImage(picture instanceof SVGSVGElement ? await drawingOf(picture) : picture, 0, 0, width, height);
  for (const overlay of overlays) {
    const { x, y, w, h } = pictureOn(overlay, width / height);
    context.drawImage(overlay, x, y, w, h, 0, 0, width, height);
  }

  return { png: await pngOf(canvas), width, height };
}

/** Gives it to the user as a file. */
export function download(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function sizeOf(picture: Picture): { width: number; height: number } {
  if (picture instanceof HTMLVideoElement) return { width: picture.videoWidth, height: picture.videoHeight };
  if (picture instanceof HTMLImageElement) return { width: picture.naturalWidth, height: picture.naturalHeight };

  return USUAL;
}

/** Where on the canvas the picture is, between its black bars. */
function pictureOn(
  { width, height }: HTMLCanvasElement,
  ratio: number,
): { x: number; y: number; w: number; h: number } {
  const w = Math.min(width, height * ratio);
  const h = Math.min(height, width / ratio);

  return { x: (width - w) / 2, y: (height - h) / 2, w, h };
}

async function pngOf(canvas: HTMLCanvasElement): Promise<Blob> {
  const png = await new Promise<Blob | null>((resolve, reject) => {
    try {
      canvas.toBlob(resolve, 'image/png');
    } catch {
      reject(new Error('the camera does not let its picture be read (no CORS header)'));
    }
  });
  if (!png) throw new Error('there is no picture yet');

  return png;
}

async function drawingOf(scene: SVGSVGElement): Promise<HTMLImageElement> {
  const copy = scene.cloneNode(true) as SVGSVGElement;
  const [originals, copies] = [scene.querySelectorAll('*'), copy.querySelectorAll<SVGElement>('*')];
  originals.forEach((original, index) => {
    const style = getComputedStyle(original);
    for (const name of SCENE_STYLES) copies[index]?.setAttribute(name, style.getPropertyValue(name));
  });
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.setAttribute('width', `${USUAL.width}`);
  copy.setAttribute('height', `${USUAL.height}`);

  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();

  return image;
}
