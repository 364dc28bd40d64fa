import type { Box } from '../../protocol/messages.js';
import { PICTURE, unitAt, visibleBox } from './geometry.js';

type Side = 'left' | 'right';

/** Pixels a second. */
const SPEED = 230;

/** Someone who walks in from one side, stays, and leaves by the same way. */
export class Person {
  x: number;
  readonly y = 610;
  private goal: number;

  constructor(private readonly side: Side) {
    this.x = this.outside();
    this.goal = side === 'left' ? 210 : PICTURE.width - 210;
  }

  get isThere(): boolean {
    return this.x === this.goal;
  }

  get hasLeft(): boolean {
    return this.x === this.outside();
  }

  leave(): void {
    this.goal = this.outside();
  }

  /** Gives the pixels walked. */
  step(seconds: number): number {
    const way = this.goal - this.x;
    const step = Math.min(Math.abs(way), SPEED * seconds);
    this.x = Math.abs(way) <= step ? this.goal : this.x + Math.sign(way) * step;

    return step;
  }

  box(): Box | undefined {
    const unit = unitAt(this.y);

    return visibleBox(this.x - 0.48 * unit, this.y - 3.1 * unit, this.x + 0.48 * unit, this.y + 0.08 * unit);
  }

  private outside(): number {
    return this.side === 'left' ? -80 : PICTURE.width + 80;
  }
}
