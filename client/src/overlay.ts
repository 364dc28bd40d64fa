export { clearOverlay, drawOverlay, type DrawOptions } from './overlay/draw-overlay.js';
export { TTL_MS } from './overlay/freshness.js';
export { colorOf } from './overlay/palette.js';
export type { Context2D, OverlayTheme } from './overlay/pen.js';
export type { Fit } from './overlay/picture.js';
export { showOverlays, type ShowOptions } from './show-overlays.js';
