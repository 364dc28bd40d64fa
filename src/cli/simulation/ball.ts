import type { Box } from '../../protocol/messages.js';
import { clamp, type Point, unitAt, visibleBox } from './geometry.js';

const FLIGHT_S = 0.9;

/** Flies in a bow to its goal, lies there, and is carried from then on. */
export class Ball {
  private flown = 0;
  private carriedAt: Point | undefined;

  constructor(
    private readonly start: Point,
    private readonly goal: Point,
  ) {}

  get hasLanded(): boolean {
    return this.flown >= FLIGHT_S;
  }

  step(seconds: number): void {
    this.flown = Math.min(this.flown + seconds, FLIGHT_S);
  }

  carry(mouth: Point): void {
    this.carriedAt = mouth;
  }

  box(): Box | undefined {
    const { x, y, depth } = this.position();
    const radius = 0.11 * unitAt(depth);

    return visibleBox(x - radius, y - radius, x + radius, y + radius);
  }

  private position(): Point & { depth: number } {
    if (this.carriedAt) return { ...this.carriedAt, depth: this.goal.y };

    const share = clamp(this.flown / FLIGHT_S, 0, 1);
    const x = this.start.x + (this.goal.x - this.start.x) * share;
    const ground = this.start.y + (this.goal.y - this.start.y) * share;

    return { x, y: ground - 260 * share * (1 - share), depth: this.goal.y };
  }
}
