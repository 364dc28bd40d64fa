import type { Box, EventType, JsonObject } from '../../protocol/messages.js';
import { Ball } from './ball.js';
import { Device } from './device.js';
import { Dog } from './dog.js';
import { clamp, type Point, round, unitAt } from './geometry.js';
import { Heat } from './heat.js';
import { Person } from './person.js';
import { boxAround, type Keypoint, keypointsOf } from './pose.js';
import { between, type Random, seededRandom } from './random.js';
import { dogLife, dogVoice, recorder, type Script, type Stage } from './story.js';

/** Something worth an event: by the dog (`action`), or anything else. */
export type Happening =
  | { kind: 'action'; action: EventType; confidence: number; metadata: JsonObject }
  | { kind: 'event'; eventType: EventType; data: JsonObject };

/** Longest step, in seconds, so that few frames a second make the motion coarse but never wild. */
const LONGEST_STEP_S = 1 / 30;

/**
 * A dog, a person and a ball before a camera. It knows no clock: the same seed and the same steps give the same world.
 * Everything it gives is in range: boxes and keypoints inside the picture, confidences 0..1.
 */
export class World implements Stage {
  readonly random: Random;
  readonly dog = new Dog();
  readonly heat = new Heat();
  readonly device: Device;
  aim: Point = { x: 640, y: 600 };
  time = 0;
  private person: Person | undefined;
  private ball: Ball | undefined;
  private isCarrying = false;
  private happenings: Happening[] = [];
  private points = keypointsOf(this.dog, 0);
  private readonly scripts: readonly Script<never>[];

  constructor(seed: number, fps: number) {
    this.random = seededRandom(seed);
    this.device = new Device(this.random, fps);
    this.scripts = [recorder(this), dogLife(this), dogVoice(this)];
  }

  /** Lets time pass. Gives what happened meanwhile. */
  step(seconds: number): Happening[] {
    const count = Math.max(1, Math.ceil(seconds / LONGEST_STEP_S - 1e-6));
    for (let i = 0; i < count; i++) this.smallStep(seconds / count);

    return this.happenings.splice(0);
  }

  /** What a detector sees now. */
  boxes(): Box[] {
    const seen = [
      { label: 'dog', at: this.dogBox(), sure: 0.91 },
      { label: 'person', at: this.person?.box(), sure: 0.88 },
      { label: 'ball', at: this.ball?.box(), sure: this.isCarrying ? 0.52 : 0.74 },
    ];

    return seen.flatMap(({ label, at, sure }) => {
      const confidence = round(clamp(sure + 0.06 * Math.sin(this.time * 1.3 + label.length), 0, 1), 2);

      return at ? [{ ...at, label, confidence }] : [];
    });
  }

  keypoints(): readonly Keypoint[] {
    return this.points;
  }

  dogBox(): Box {
    // The dog's ground lies well inside the picture, so there is always something of it to see.
    return boxAround(this.points, unitAt(this.dog.y)) ?? { x: 0, y: 0, w: 0, h: 0 };
  }

  confidence(): number {
    return round(between(this.random, 0.8, 0.99), 2);
  }

  act(action: EventType, metadata: JsonObject): void {
    this.happenings.push({ kind: 'action', action, confidence: this.confidence(), metadata });
  }

  notice(eventType: EventType, data: JsonObject): void {
    this.happenings.push({ kind: 'event', eventType, data });
  }

  callPerson(side: 'left' | 'right'): void {
    this.person = new Person(side);
    this.notice('person_entered', { confidence: this.confidence(), side });
  }

  isPersonThere(): boolean {
    return this.person?.isThere === true;
  }

  sendPersonAway(): void {
    this.person?.leave();
  }

  throwBall(goal: Point): void {
    this.ball = new Ball({ x: this.person?.x ?? goal.x, y: 380 }, goal);
  }

  takeBall(): boolean {
    this.isCarrying = this.ball?.hasLanded === true;

    return this.isCarrying;
  }

  dropBall(): void {
    this.ball = undefined;
    this.isCarrying = false;
  }

  private smallStep(seconds: number): void {
    this.time += seconds;
    for (const script of this.scripts) script.next();

    this.dog.step(seconds, this.aim);
    this.points = keypointsOf(this.dog, this.time);
    const walked = this.person?.step(seconds) ?? 0;
    if (this.person?.hasLeft) this.person = undefined;
    this.ball?.step(seconds);
    const [nose] = this.points;
    if (this.isCarrying && nose) this.ball?.carry(nose);

    this.heat.cool(seconds);
    this.heat.warm(this.dogBox(), ((0.15 + this.dog.speed / 90) * seconds) / 2);
    const personBox = this.person?.box();
    if (personBox) this.heat.warm(personBox, walked / 180);
    this.device.step(seconds, clamp(this.dog.speed / 400, 0, 1));
  }
}
