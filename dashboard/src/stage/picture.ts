/** The element that shows the picture. */
export type Picture = HTMLVideoElement | HTMLImageElement | SVGSVGElement;

/** What is on the screen of one camera. */
export interface ShownView {
  readonly picture: Picture | null;
  /** What holds the picture, and the overlays on canvases. */
  readonly screen: HTMLElement;
}

export type MediaState = { name: 'loading' } | { name: 'shown' } | { name: 'failed'; reason: string };
