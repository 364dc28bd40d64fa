export { clearOverlay, drawOverlay, type DrawOptions } from './overlay/draw-overlay.js';
export { isOverlayType, OVERLAY_ORDER, type OverlayKind, OVERLAYS } from './overlay/overlays.js';
export { type Misfit, misfitOf } from './overlay/misfit.js';
export { colorOf } from './overlay/palette.js';
export type { Context2D, OverlayTheme } from './overlay/pen.js';
export type { Fit } from './overlay/picture.js';
export { type OverlayRate, OverlayRates } from './show/rates.js';
export {
  type OverlayCanvas,
  type OverlayFeed,
  type OverlayView,
  showOverlays,
  type ShowOptions,
} from './show/show-overlays.js';
