import { type Codec, urlParameter } from './url-state.js';

/** `?kiosk` alone is enough. */
const SWITCH: Codec<boolean> = { parse: (text) => text !== '0', format: (value) => (value ? '1' : '0') };

/** Whether the page hangs on a wall: no controls, larger type, awake, and dim at night. */
const kiosk = urlParameter('kiosk', false, SWITCH);

const MINUTE_MS = 60_000;
/** From and to which hour of the day it is dim. */
const NIGHT = { from: 22, to: 6 } as const;

/** Must be called once, before the first render. */
export function watchKiosk(): void {
  if (!kiosk.get()) return;

  const { dataset } = document.documentElement;
  const look = (): void => {
    const hour = new Date().getHours();
    dataset['night'] = String(hour >= NIGHT.from || hour < NIGHT.to);
  };
  dataset['kiosk'] = 'true';
  look();
  setInterval(look, MINUTE_MS);
  // The browser gives the lock back when the page is hidden.
  document.addEventListener('visibilitychange', stayAwake);
  stayAwake();
}

function stayAwake(): void {
  if (document.hidden || !('wakeLock' in navigator)) return;
  // A browser that saves its battery refuses.
  navigator.wakeLock.request('screen').catch(() => undefined);
}
