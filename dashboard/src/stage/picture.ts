/** The element that shows the picture. */
export type Picture = HTMLVideoElement | HTMLImageElement | SVGSVGElement;

export type MediaState = { name: 'loading' } | { name: 'shown' } | { name: 'failed'; reason: string };
