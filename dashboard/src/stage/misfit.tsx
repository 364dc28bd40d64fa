import { type Misfit, misfitOf, OVERLAYS, type OverlayRate } from 'dogmonitor-client/overlay';
import { useRates } from './overlay-rates.js';
import type { Picture } from './picture.js';

const WHY: Record<Misfit, (label: string) => string> = {
  normalised: (label) => `${label}: shares of the picture (0 to 1) came. Send pixels, with data.width and data.height`,
  outside: (label) =>
    `${label}: outside of the picture. Send the size of the picture it was found in, as data.width and data.height`,
};

/** Says on the stage which overlays cannot be where they say, and what their producer should send. */
export function Misfits({ camera, picture }: { camera: string | undefined; picture: Picture | null }) {
  const found = useRates(camera).flatMap((rate) => textOf(rate, picture) ?? []);
  if (found.length === 0) return null;

  return <p className="stage-misfit">{[...new Set(found)].join(' · ')}</p>;
}

function textOf({ type, ageMs, message }: OverlayRate, picture: Picture | null): string | undefined {
  const misfit = ageMs < OVERLAYS[type].ttlMs ? misfitOf(message, sizeOf(picture)) : undefined;

  return misfit && WHY[misfit](OVERLAYS[type].label);
}

function sizeOf(picture: Picture | null): { width: number; height: number } | undefined {
  if (picture instanceof HTMLVideoElement && picture.videoWidth > 0)
    return { width: picture.videoWidth, height: picture.videoHeight };
  if (picture instanceof HTMLImageElement && picture.naturalWidth > 0)
    return { width: picture.naturalWidth, height: picture.naturalHeight };

  return picture instanceof SVGSVGElement ? { width: 1280, height: 720 } : undefined;
}
