import type { FilterLists, OverlayType } from 'dogmonitor-client';
import { OVERLAY_ORDER } from 'dogmonitor-client/overlay';
import { NAMES, number, TEXT, urlParameter, type Codec } from '../app/url-state.js';

const TYPES = OVERLAY_ORDER;

const TYPE_NAMES: Codec<readonly OverlayType[]> = {
  // A word that is none of them stands for none.
  parse: (text) => TYPES.filter((type) => NAMES.parse(text)?.includes(type)),
  format: (types) => (types.length === 0 ? 'none' : types.join(',')),
};

/** Which overlays the page gets. The hub sends no other ones. */
export const shownOverlays = urlParameter<readonly OverlayType[]>('overlays', TYPES, TYPE_NAMES);

/** Boxes and keypoints less sure than this are not drawn, 0..1. */
export const minConfidence = urlParameter('confidence', 0, number(0, 1));

/** The camera whose overlays are drawn; of all where it is empty. */
export const camera = urlParameter('camera', '', TEXT);

let lastShown: readonly OverlayType[] = TYPES;

export function toggleOverlay(type: OverlayType): void {
  const shown = shownOverlays.get();
  shownOverlays.set(TYPES.filter((each) => (each === type) !== shown.includes(each)));
}

/** All off, or what was on before. */
export function toggleOverlays(): void {
  const shown = shownOverlays.get();
  if (shown.length > 0) lastShown = shown;
  shownOverlays.set(shown.length > 0 ? [] : lastShown);
}

/**
 * What to ask the hub for. A list of overlay types cannot be empty, so that without any the types of messages are named
 * instead, and of those of the user's own making only the known ones can be.
 */
export function overlayFilter(shown: readonly OverlayType[], customTypes: readonly string[]): FilterLists {
  if (shown.length === TYPES.length) return {};

  return shown.length > 0 ? { overlay_types: shown } : { types: ['event', 'telemetry', ...customTypes] };
}
