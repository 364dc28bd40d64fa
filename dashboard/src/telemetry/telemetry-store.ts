import { hub } from '../app/hub.js';
import { createStore, type Readable } from '../app/store.js';
import { number as numberIn, urlParameter } from '../app/url-state.js';
import { pageNow } from '../replay/replay.js';
import { Readings } from './readings.js';

/** How long a chart is, in minutes. */
export const WINDOWS = [1, 5, 15] as const;

export const windowMinutes = urlParameter('minutes', WINDOWS[0], {
  parse: (text) => WINDOWS.find((minutes) => minutes === numberIn(1, 15).parse(text)),
  format: (minutes) => `${minutes}`,
} satisfies { parse(text: string): (typeof WINDOWS)[number] | undefined; format(minutes: number): string });

export const readings = new Readings();

/** The moment under the pointer in any chart, in ms since 1970: all show what was then. */
export const pointedAt = createStore<number | undefined>(undefined);

/** How often figures and charts are drawn at most, in ms. */
const TICK_MS = 250;
const tickStore = createStore(Math.round(pageNow()));

/** The moment that is shown, four times a second, in ms since 1970. It stands still while nobody sees the page. */
export const tick: Readable<number> = tickStore;

/** Must be called once, before the first render. */
export function watchTelemetry(): void {
  hub.on('telemetry', (message) => readings.put(message, Date.now()));

  const next = (): void => {
    requestAnimationFrame(() => {
      // Whole: what is a little before a second reads as the one before.
      tickStore.set(Math.round(pageNow()));
      setTimeout(next, TICK_MS);
    });
  };
  next();
}
