import type { Box, EventType, JsonObject } from '../../protocol/messages.js';
import { type Activity, type Dog, somewhereOnTheGround } from './dog.js';
import { type Point, round } from './geometry.js';
import { Bag, between, type Random } from './random.js';

/** A script: each `yield` is one step of time. */
export type Script<T = void> = Generator<undefined, T>;

/** What the scripts see of the stage, and do to it. */
export interface Stage {
  readonly random: Random;
  /** Seconds since the start. */
  readonly time: number;
  readonly dog: Dog;
  /** Where the dog wants to go. */
  aim: Point;
  dogBox(): Box;
  /** How sure the detector is now, 0..1. */
  confidence(): number;
  /** The dog does something that a detector names. */
  act(action: EventType, metadata: JsonObject): void;
  /** Anything else that is an event. */
  notice(eventType: EventType, data: JsonObject): void;
  callPerson(side: 'left' | 'right'): void;
  isPersonThere(): boolean;
  sendPersonAway(): void;
  throwBall(goal: Point): void;
  /** False while the ball is in the air. */
  takeBall(): boolean;
  dropBall(): void;
}

/** What the dog does all day. */
export function* dogLife(stage: Stage): Script<never> {
  const scenes = new Bag(stage.random, [walk, trot, sit, lie, fetch]);

  yield* wait(stage, 1);
  for (;;) {
    yield* scenes.draw()(stage);
    stage.dog.activity = 'stand';
    yield* wait(stage, between(stage.random, 0.8, 2.2));
  }
}

/** What the dog says: mostly it barks. */
export function* dogVoice(stage: Stage): Script<never> {
  const sounds = new Bag(stage.random, ['bark', 'bark', 'bark', 'bark', 'whine', 'howl']);

  for (;;) {
    yield* wait(stage, between(stage.random, 5, 14));
    stage.act(sounds.draw(), { duration_s: round(between(stage.random, 0.3, 2), 1) });
  }
}

/** What the recorder and its user do. */
export function* recorder(stage: Stage): Script<never> {
  const jobs = new Bag(stage.random, ['dog_detected', 'snapshot_saved', 'bookmark']);
  let count = 0;

  stage.notice('dog_detected', { confidence: stage.confidence(), box: stage.dogBox() });
  for (;;) {
    yield* wait(stage, between(stage.random, 6, 13));
    const job = jobs.draw();
    if (job === 'dog_detected') stage.notice(job, { confidence: stage.confidence(), box: stage.dogBox() });
    if (job === 'snapshot_saved') stage.notice(job, { file: `snapshot-${++count}.jpg` });
    if (job === 'bookmark') stage.notice(job, { label: `${stage.dog.activity}, worth a second look` });
  }
}

function* walk(stage: Stage): Script {
  yield* go(stage, 'walk', somewhereOnTheGround(stage.random));
}

function* trot(stage: Stage): Script {
  yield* go(stage, 'trot', somewhereOnTheGround(stage.random));
  yield* go(stage, 'trot', somewhereOnTheGround(stage.random));
}

function* sit(stage: Stage): Script {
  yield* rest(stage, 'sit', between(stage.random, 3, 6));
}

function* lie(stage: Stage): Script {
  yield* rest(stage, 'lie', between(stage.random, 4, 8));
}

/** A person comes in, throws the ball, gets it back, and leaves. */
function* fetch(stage: Stage): Script {
  const isFromLeft = stage.dog.x > 640;
  const home = { x: isFromLeft ? 320 : 960, y: 600 };
  stage.callPerson(isFromLeft ? 'left' : 'right');
  yield* until(() => stage.isPersonThere());

  const startedAt = stage.time;
  const goal = { x: between(stage.random, 420, 860) + (isFromLeft ? 160 : -160), y: between(stage.random, 480, 670) };
  stage.throwBall(goal);
  yield* go(stage, 'chase', goal);
  yield* until(() => stage.takeBall());
  yield* go(stage, 'return', home);

  const seconds = round(stage.time - startedAt, 1);
  stage.dropBall();
  stage.act('fetch_return', { duration_s: seconds });
  stage.dog.activity = 'stand';
  yield* wait(stage, 1);
  stage.notice('clip_saved', { file: `fetch-${round(startedAt)}.mp4`, duration_s: seconds });
  stage.sendPersonAway();
}

function* go(stage: Stage, activity: Activity, goal: Point): Script {
  stage.dog.activity = activity;
  stage.aim = goal;
  yield* until(() => stage.dog.isAt(goal));
}

/** Says when it gets down, and when it gets up again. */
function* rest(stage: Stage, activity: 'sit' | 'lie', seconds: number): Script {
  stage.dog.activity = activity;
  stage.act(activity, {});
  yield* wait(stage, seconds);
  stage.dog.activity = 'stand';
  stage.act('stand', { after: activity, duration_s: round(seconds, 1) });
}

function* until(isSo: () => boolean): Script {
  while (!isSo()) yield;
}

function* wait(stage: Stage, seconds: number): Script {
  const end = stage.time + seconds;
  while (stage.time < end) yield;
}
