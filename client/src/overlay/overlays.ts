import type { OverlayType } from '../../../src/protocol/messages.js';

/** What there is to know of an overlay type, beside how it is drawn. */
export interface OverlayKind {
  /** As people call it. */
  readonly label: string;
  /** Of its dots and legends, as a CSS colour. */
  readonly color: string;
  /** Of two canvases, the one it is drawn on: areas on the `ground`, what moves over them on the `top`. */
  readonly layer: 'ground' | 'top';
  /** How long it is worth drawing, in ms. */
  readonly ttlMs: number;
  /**
   * What it tells of: one `frame` of the picture, the last `seconds`, or what `stands` until another one comes. What tells
   * of one frame is wrong as soon as the dog has moved on.
   */
  readonly pace: 'frame' | 'seconds' | 'stands';
}

/**
 * All overlay types, from the ground up: an area must not hide a box. All lists of overlay types derive from this table, so
 * a new type is one entry here; the compiler then asks for its drawing.
 */
export const OVERLAYS: Readonly<Record<OverlayType, OverlayKind>> = {
  heatmap: { label: 'Heat', color: '#e8625c', layer: 'ground', ttlMs: 5_000, pace: 'seconds' },
  zone: { label: 'Zones', color: '#56b4e9', layer: 'ground', ttlMs: Infinity, pace: 'stands' },
  detection: { label: 'Boxes', color: '#f4b03c', layer: 'top', ttlMs: 1_000, pace: 'frame' },
  pose: { label: 'Pose', color: '#45cf8e', layer: 'top', ttlMs: 1_000, pace: 'frame' },
  annotation: { label: 'Notes', color: '#9b87f5', layer: 'top', ttlMs: 30_000, pace: 'stands' },
};

/** In the order they are drawn. */
export const OVERLAY_ORDER = Object.keys(OVERLAYS) as readonly OverlayType[];

export function isOverlayType(type: unknown): type is OverlayType {
  return OVERLAY_ORDER.includes(type as OverlayType);
}
