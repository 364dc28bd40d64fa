import { OVERLAY_ORDER, type OverlayRate, OVERLAYS } from 'dogmonitor-client/overlay';
import type { CSSProperties } from 'react';
import { duration } from '../app/format.js';
import { Icon } from '../app/icons.js';
import { useShortcut } from '../app/shortcuts.js';
import { useStore } from '../app/store.js';
import { cameras, overlayRates, rateOf, staleMsOf } from './overlay-rates.js';
import { camera, minConfidence, shownOverlays, toggleOverlay, toggleOverlays } from './overlay-settings.js';

/** Which overlays are shown, how sure they must be, and of which camera. */
export function OverlayBar() {
  const shown = useStore(shownOverlays);
  const rates = useStore(overlayRates);
  useShortcut('o', 'all overlays off, or back on', toggleOverlays);

  return (
    <div className="overlay-bar">
      <div className="overlay-toggles" role="group" aria-label="Overlays">
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
      <output>{Math.round(value * 100)} %</output>
    </label>
  );
}

function CameraChoice() {
  const sources = useStore(cameras);
  const chosen = useStore(camera);
  const names = sources.filter((name) => name !== '');
  if (names.length < 2 && chosen === '') return null;

  return (
    <label className="choice">
      <Icon name="video" />
      <span className="visually-hidden">Camera</span>
      <select value={chosen} onChange={(event) => camera.set(event.target.value)}>
        <option value="">All cameras</option>
        {[...new Set([...names, ...(chosen === '' ? [] : [chosen])])].map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
