import type { JsonObject, OverlayType } from '../../protocol/messages.js';
import type { HubRequest } from '../requests.js';
import { PICTURE } from './geometry.js';
import { COLS, ROWS } from './heat.js';
import { SKELETON } from './pose.js';
import { type Happening, World } from './world.js';

/** Seconds between two of each kind; what is not named comes with every frame. */
const EVERY_S = { heatmap: 0.5, telemetry: 1, zone: 5, annotation: 11 } as const;

const ZONES = [
  {
    name: 'bed',
    polygon: [
      [40, 470],
      [290, 450],
      [330, 560],
      [60, 600],
    ],
  },
  {
    name: 'bowl',
    polygon: [
      [1010, 600],
      [1110, 600],
      [1130, 660],
      [1000, 660],
    ],
  },
  {
    name: 'door',
    polygon: [
      [1130, 120],
      [1260, 110],
      [1260, 560],
      [1130, 520],
    ],
  },
].map(({ name, polygon }) => ({ name, polygon: polygon.map(([x, y]) => ({ x, y })) }));

const NOTES = ['favourite spot', 'new ball', 'check this ear', 'good dog'] as const;

/** What a detector would post for one frame. */
export interface FrameRequests {
  /** Facts, in order. */
  events: HubRequest[];
  /** States: worth nothing once there is a newer frame. */
  states: HubRequest[];
}

/**
 * The frames of a simulated camera, for ever. Equal seeds give equal frames.
 * @param fps frames a second
 * @param source sent as `source` with each message
 */
export function* frames(seed: number, fps: number, source: string): Generator<FrameRequests, never> {
  const world = new World(seed, fps);

  for (let frame = 0; ; frame++) {
    const happenings = world.step(1 / fps);
    const isDue = (everyS: number): boolean =>
      frame === 0 || Math.floor(frame / fps / everyS) > Math.floor((frame - 1) / fps / everyS);

    yield {
      events: happenings.map((happening) => eventRequest(happening, frame, source)),
      states: statesOf(world, frame, source, isDue),
    };
  }
}

function eventRequest(happening: Happening, frame: number, source: string): HubRequest {
  if (happening.kind === 'event') {
    const { eventType: event_type, data } = happening;
    return { path: '/api/events/broadcast', body: { event_type, source, data: { ...data, frame } } };
  }

  const { action, confidence, metadata } = happening;
  const body = { action, source, confidence, metadata: { ...metadata, frame } };
  return { path: '/api/events/broadcast/action', body };
}

function statesOf(world: World, frame: number, source: string, isDue: (everyS: number) => boolean): HubRequest[] {
  const overlay = (overlay_type: OverlayType, data: JsonObject): HubRequest => ({
    path: '/api/events/broadcast/overlay',
    body: { overlay_type, source, data: { ...data, frame, ...PICTURE } },
  });
  const telemetry = (): HubRequest => ({
    path: '/api/events/broadcast/telemetry',
    body: { source, data: { ...world.device.reading(), frame } },
  });

  return [
    overlay('detection', { boxes: world.boxes() }),
    overlay('pose', { keypoints: world.keypoints(), skeleton: SKELETON }),
    ...(isDue(EVERY_S.heatmap) ? [overlay('heatmap', { cols: COLS, rows: ROWS, cells: world.heat.cells() })] : []),
    ...(isDue(EVERY_S.zone) ? [overlay('zone', { zones: ZONES })] : []),
    ...(isDue(EVERY_S.annotation) ? [overlay('annotation', { annotations: [noteOn(world, frame)] })] : []),
    ...(isDue(EVERY_S.telemetry) ? [telemetry()] : []),
  ];
}

function noteOn(world: World, frame: number): JsonObject {
  const { x, y } = world.dogBox();

  return { x, y, text: NOTES[frame % NOTES.length] };
}
