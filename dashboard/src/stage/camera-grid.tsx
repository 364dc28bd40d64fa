import { type OverlayRate, OVERLAYS } from 'dogmonitor-client/overlay';
import { useState, type CSSProperties } from 'react';
import { duration } from '../app/format.js';
import { IconButton } from '../app/icons.js';
import { useShortcut } from '../app/shortcuts.js';
import { useStore } from '../app/store.js';
import { CameraView } from './camera-view.js';
import { cameraName, chooseCamera } from './cameras.js';
import { mediaOf, pictures } from './media-source.js';
import { staleMsOf, useRates } from './overlay-rates.js';
import type { ShownView } from './picture.js';
import { SourceDialog } from './source-dialog.js';

interface TileEvents {
  onView: (name: string, view: ShownView | undefined) => void;
  /** Somebody looks at this one. */
  onCurrent: (name: string) => void;
}

/** Several cameras beside each other, each with its own picture, overlays, rates and name. */
export function CameraGrid({ names, ...on }: { names: readonly string[] } & TileEvents) {
  const columns = Math.ceil(Math.sqrt(names.length));

  return (
    <ul className="camera-grid" style={{ '--columns': columns } as CSSProperties}>
      {names.map((name, index) => (
        <Tile key={name} name={name} index={index} {...on} />
      ))}
    </ul>
  );
}

function Tile({ name, index, onView, onCurrent }: { name: string; index: number } & TileEvents) {
  const source = mediaOf(useStore(pictures), name, false);
  const [isChoosing, setIsChoosing] = useState(false);
  const label = cameraName(name);
  // One without a name is chosen by no link.
  const canChoose = name !== '';
  useShortcut(`${index + 1}`, `${label} alone`, () => canChoose && chooseCamera(name));

  return (
    <li
      className="camera-tile"
      aria-label={label}
      data-camera={name}
      onPointerEnter={() => onCurrent(name)}
      onFocus={() => onCurrent(name)}
    >
      <CameraView source={source} name={name} camera={name} onView={onView}>
        {canChoose && (
          <button
            type="button"
            className="camera-open"
            aria-label={`Show ${label} alone`}
            aria-keyshortcuts={`${index + 1}`}
            onClick={() => chooseCamera(name)}
          />
        )}
        <p className="camera-name">
          <bdi>{label}</bdi> <Rates camera={name} />
        </p>
        <span className="camera-tools">
          <IconButton icon="video" label={`Picture of ${label}`} onClick={() => setIsChoosing(true)} />
        </span>
      </CameraView>
      {isChoosing && <SourceDialog camera={name} source={source} onClose={() => setIsChoosing(false)} />}
    </li>
  );
}

function Rates({ camera }: { camera: string }) {
  const rates = useRates(camera).filter(({ type }) => OVERLAYS[type].pace === 'frame');

  return <span className="camera-rate">{rateText(rates)}</span>;
}

/** Of boxes and poses: how many pictures a second are looked at, or since when none was. */
function rateText(rates: readonly OverlayRate[]): string {
  const [newest] = [...rates].sort((a, b) => a.ageMs - b.ageMs);
  if (!newest) return '–';
  if (newest.ageMs > staleMsOf(newest.type)) return `stale ${duration(newest.ageMs)}`;

  return `${Math.round(Math.max(...rates.map(({ perSecond }) => perSecond)))}/s`;
}
