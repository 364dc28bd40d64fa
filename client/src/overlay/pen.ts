import { colorOf } from './palette.js';
import type { Picture, Rect } from './picture.js';
import type { Point } from './sound.js';

export type Context2D = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** How overlays look. Every part may be left out. */
export interface OverlayTheme {
  /** Colours that labels take, as CSS colours. @default eight that colour-blind people can tell apart */
  colors?: readonly string[];
  /** The colour of one label, as a CSS colour; `undefined` leaves the choice to `colors`. */
  colorOf?: (label: string) => string | undefined;
  /** CSS `font-family` of all writing. @default 'system-ui, sans-serif' */
  font?: string;
  /** Of boxes and bones, in CSS pixels. @default 2 */
  lineWidth?: number;
}

/** Dark enough to carry writing and to set off any line on any video. */
const DARK = 'rgb(9 13 24)';
const SHADE = 'rgb(9 13 24 / 60%)';

/** What the overlay types draw with: lines with a dark rim, and chips that stay in the picture and off each other. */
export class Pen {
  /** Backing pixels of one CSS pixel, a little less or more for a very small or large picture. */
  readonly unit: number;
  readonly lineWidth: number;
  private readonly chips: Rect[] = [];

  constructor(
    readonly ctx: Context2D,
    readonly picture: Picture,
    private readonly theme: OverlayTheme,
    /** Of everything drawn, 0..1. */
    private readonly alpha: number,
    pixelRatio: number,
  ) {
    const size = Math.min(1.35, Math.max(0.8, picture.visible.w / pixelRatio / 800));
    this.unit = pixelRatio * size;
    this.lineWidth = Math.max(1, Math.round((theme.lineWidth ?? 2) * this.unit));
    ctx.lineJoin = 'round';
    ctx.lineCap = 'round';
    ctx.textBaseline = 'middle';
  }

  colorOf(label: string): string {
    return this.theme.colorOf?.(label) ?? colorOf(label, this.theme.colors);
  }

  /** @param confidence 0..1: what is unsure is paler, but never gone */
  fade(confidence: number): void {
    this.ctx.globalAlpha = this.alpha * (0.45 + 0.55 * confidence);
  }

  /** Strokes the current path with a dark rim, so that it shows on white and on black. */
  stroke(color: string, width = this.lineWidth): void {
    const { ctx } = this;
    ctx.strokeStyle = SHADE;
    ctx.lineWidth = width + 2 * Math.max(1, Math.round(this.unit));
    ctx.stroke();
    ctx.strokeStyle = color;
    ctx.lineWidth = width;
    ctx.stroke();
  }

  /** On the border of pixels for an even line width, in their middle for an odd one: the line is sharp then. */
  crisp(value: number, width = this.lineWidth): number {
    return Math.round(value) + (width % 2) / 2;
  }

  /** Keeps a rectangle within the visible picture, as far as there is room. */
  inside({ x, y, w, h }: Rect): Rect {
    const { visible } = this.picture;

    const edge = Math.ceil(this.unit);

    return {
      x: Math.max(visible.x + edge, Math.min(x, visible.x + visible.w - w - edge)),
      y: Math.max(visible.y + edge, Math.min(y, visible.y + visible.h - h - edge)),
      w,
      h,
    };
  }

  isVisible({ x, y, w, h }: Rect): boolean {
    const { visible } = this.picture;

    return x < visible.x + visible.w && y < visible.y + visible.h && x + w > visible.x && y + h > visible.y;
  }

  /**
   * A filled chip with dark writing, at the first of these corners where it covers no other; where there is room at none,
   * it is left out, since two chips on each other cannot be read.
   */
  chip(text: string, color: string, corners: (size: Rect) => readonly Point[]): void {
    if (text === '') return;

    const { ctx } = this;
    const padding = 6 * this.unit;
    this.setFont();
    const line = this.cut(text, this.picture.visible.w - 2 * padding);
    const size = { x: 0, y: 0, w: Math.ceil(ctx.measureText(line).width + 2 * padding), h: this.lineHeight };
    const place = corners(size)
      .map(({ x, y }) => this.inside({ ...size, x: Math.round(x), y: Math.round(y) }))
      .find((one) => !this.chips.some((other) => overlaps(one, other)));
    if (!place) return;

    this.chips.push(place);
    this.fade(1);
    this.plate(place, color, Math.round(4 * this.unit));
    ctx.fillStyle = DARK;
    ctx.fillText(line, place.x + padding, place.y + (place.h + this.unit) / 2);
  }

  get lineHeight(): number {
    return Math.round(19 * this.unit);
  }

  /** A rounded rectangle with a faint dark rim. */
  plate({ x, y, w, h }: Rect, color: string, radius: number): void {
    const { ctx } = this;
    ctx.beginPath();
    ctx.roundRect(x, y, w, h, radius);
    ctx.strokeStyle = SHADE;
    ctx.lineWidth = Math.max(1, Math.round(this.unit));
    ctx.stroke();
    ctx.fillStyle = color;
    ctx.fill();
  }

  setFont(weight = 600): void {
    this.ctx.font = `${weight} ${Math.round(12.5 * this.unit)}px ${this.theme.font ?? 'system-ui, sans-serif'}`;
  }

  /** Shortens a line to this many backing pixels. */
  cut(text: string, width: number): string {
    const { ctx } = this;
    if (ctx.measureText(text).width <= width) return text;

    const characters = Array.from(text);
    let [fits, exceeds] = [0, characters.length];
    while (exceeds - fits > 1) {
      const middle = (fits + exceeds) >> 1;
      if (ctx.measureText(`${characters.slice(0, middle).join('')}…`).width <= width) fits = middle;
      else exceeds = middle;
    }

    return `${characters.slice(0, fits).join('')}…`;
  }
}

function overlaps(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
