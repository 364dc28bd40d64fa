import { OVERLAY_ORDER, type OverlayRate, OVERLAYS } from 'dogmonitor-client/overlay';
import { useRef, type CSSProperties } from 'react';
import { duration } from '../app/format.js';
import { CameraChoice } from './camera-choice.js';
import { useRoving } from '../app/roving.js';
import { useShortcut } from '../app/shortcuts.js';
import { useStore } from '../app/store.js';
import { rateOf, staleMsOf, useRates } from './overlay-rates.js';
import { camera, minConfidence, shownOverlays, toggleOverlay, toggleOverlays } from './overlay-settings.js';

/** Which overlays are shown, how sure they must be, and of which camera. */
export function OverlayBar() {
  const shown = useStore(shownOverlays);
  const rates = useRates(useStore(camera) || undefined);
  const row = useRef<HTMLDivElement>(null);
  const roving = useRoving(row);
  useShortcut('o', 'all overlays off, or back on', toggleOverlays);

  return (
    <div className="overlay-bar">
      <div ref={row} className="overlay-toggles" role="group" aria-label="Overlays" {...roving}>
        {OVERLAY_ORDER.map((type) => {
          const { label, color } = OVERLAYS[type];
          const isOn = shown.includes(type);

          return (
            <button
              key={type}
              type="button"
              className="overlay-toggle"
              style={{ '--dot': color } as CSSProperties}
              aria-pressed={isOn}
              title={isOn ? `Switch ${type} off: the hub sends no more of it` : `Switch ${type} on`}
              onClick={() => toggleOverlay(type)}
            >
              <span className="dot" />
              <span>{label}</span>
              <span className="overlay-figure">{isOn ? figureOf(rateOf(rates, type)) : 'off'}</span>
            </button>
          );
        })}
      </div>
      <ConfidenceSlider />
      <CameraChoice />
    </div>
  );
}

/** A zone or a note stands until another comes, so its age is not worth a warning. */
function figureOf(rate: OverlayRate | undefined): string {
  if (!rate) return '–';
  const { type, ageMs, perSecond } = rate;
  if (OVERLAYS[type].pace === 'stands') return ageMs < 1_000 ? 'now' : duration(ageMs);

  return ageMs > staleMsOf(type) ? `stale ${duration(ageMs)}` : `${Math.round(perSecond)}/s`;
}

function ConfidenceSlider() {
  const value = useStore(minConfidence);

  return (
    <label className="slider" title="Boxes and keypoints less sure than this are not drawn">
      <span>Sure from</span>
      <input
        type="range"
        min="0"
        max="1"
        step="0.05"
        value={value}
        onChange={(event) => minConfidence.set(Number(event.target.value))}
      />
      <output aria-live="off">{Math.round(value * 100)} %</output>
    </label>
  );
}
