import { clamp, easing, type Point, unitAt } from './geometry.js';
import { between, type Random } from './random.js';

export const ACTIVITIES = ['stand', 'walk', 'trot', 'sit', 'lie', 'chase', 'return'] as const;
export type Activity = (typeof ACTIVITIES)[number];

/** Where the dog's feet can be, in pixels. */
const GROUND = { left: 230, right: 1050, top: 440, bottom: 690 } as const;

/** Pixels a second in the middle of the ground. */
const SPEED: Record<Activity, number> = { stand: 0, walk: 120, trot: 260, sit: 0, lie: 0, chase: 430, return: 290 };

/** How fast `facing` changes, a second: it turns round in half of one. */
const TURN = 4;

/** How a body moves: towards an aim, with a speed that changes smoothly. */
export class Dog implements Point {
  x = 640;
  y = 600;
  vx = 0;
  vy = 0;
  activity: Activity = 'stand';
  /** -1 looks left, 1 right; between them it turns. */
  facing = 1;
  /** Of the gait, in radians. */
  phase = 0;
  /** How far it has sat down, 0..1. */
  sitting = 0;
  /** How far it has lain down, 0..1. */
  lying = 0;

  /** Pixels a second. */
  get speed(): number {
    return Math.hypot(this.vx, this.vy);
  }

  step(seconds: number, aim: Point): void {
    this.move(seconds, aim);
    this.phase = (this.phase + (2 * Math.PI * this.speed * seconds) / (1.1 * unitAt(this.y))) % (2 * Math.PI);
    const turn = TURN * seconds;
    if (Math.abs(this.vx) > 8) this.facing += clamp(Math.sign(this.vx) - this.facing, -turn, turn);

    const settle = easing(4, seconds);
    this.sitting += (Number(this.activity === 'sit') - this.sitting) * settle;
    this.lying += (Number(this.activity === 'lie') - this.lying) * settle;
  }

  isAt({ x, y }: Point): boolean {
    return Math.hypot(x - this.x, y - this.y) < 24;
  }

  private move(seconds: number, aim: Point): void {
    const dx = aim.x - this.x;
    const dy = aim.y - this.y;
    const distance = Math.hypot(dx, dy);
    const wanted = Math.min(SPEED[this.activity] * (unitAt(this.y) / 125), distance * 4);
    const follow = easing(6, seconds);

    this.vx += (distance > 0 ? (dx / distance) * wanted - this.vx : -this.vx) * follow;
    this.vy += (distance > 0 ? (dy / distance) * wanted - this.vy : -this.vy) * follow;
    this.x = clamp(this.x + this.vx * seconds, GROUND.left, GROUND.right);
    this.y = clamp(this.y + this.vy * seconds, GROUND.top, GROUND.bottom);
  }
}

export function somewhereOnTheGround(random: Random): Point {
  return { x: between(random, GROUND.left, GROUND.right), y: between(random, GROUND.top, GROUND.bottom) };
}
