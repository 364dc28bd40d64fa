import type { Box } from '../../protocol/messages.js';
import { clamp, PICTURE, round } from './geometry.js';

export const COLS = 16;
export const ROWS = 9;
const CELL = PICTURE.width / COLS;

/** Seconds after which a third of the heat is left. */
const COOLING_S = 3;

/** Where something moved lately: a grid over the picture that warms up under motion and cools down by itself. */
export class Heat {
  private readonly values = new Float64Array(COLS * ROWS);

  /** The grid row by row, each 0..1. */
  cells(): number[] {
    return Array.from(this.values, (value) => round(value, 2));
  }

  cool(seconds: number): void {
    const left = Math.exp(-seconds / COOLING_S);
    for (let i = 0; i < this.values.length; i++) this.values[i] = (this.values[i] ?? 0) * left;
  }

  /** @param amount heat for a cell that the box covers, 0..1 */
  warm(box: Box, amount: number): void {
    for (let row = 0; row < ROWS; row++) {
      const high = overlap(box.y, box.y + box.h, row * CELL);
      for (let col = 0; high > 0 && col < COLS; col++) {
        const i = row * COLS + col;
        const covered = high * overlap(box.x, box.x + box.w, col * CELL);
        this.values[i] = clamp((this.values[i] ?? 0) + covered * amount, 0, 1);
      }
    }
  }
}

/** The share of a cell from `start` on that `low` to `high` covers. */
function overlap(low: number, high: number, start: number): number {
  return Math.max(0, Math.min(high, start + CELL) - Math.max(low, start)) / CELL;
}
