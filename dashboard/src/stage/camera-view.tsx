import { OVERLAYS } from 'dogmonitor-client/overlay';
import { useCallback, useEffect, useRef, useState, type DragEvent, type ReactNode } from 'react';
import { useLostSince } from '../app/online.js';
import { Media } from './media.js';
import { type MediaSource, showFile, showScene } from './media-source.js';
import { Misfits } from './misfit.js';
import { OverlayCanvas } from './overlay-canvas.js';
import { useRates } from './overlay-rates.js';
import type { MediaState, Picture, ShownView } from './picture.js';
import { Quiet } from './quiet.js';
import { Staleness } from './staleness.js';

interface CameraViewProps {
  /** What stands behind the overlays. */
  source: MediaSource;
  /** Whose picture it is; `''` where there is one camera only. */
  name: string;
  /** Whose overlays lie over it; `undefined` is all. */
  camera: string | undefined;
  /** Told what is shown, and `undefined` when it is gone. */
  onView: (name: string, view: ShownView | undefined) => void;
  /** What lies over all. */
  children?: ReactNode;
}

/** The picture of one camera with all that is seen in it, and what is to be known of it. */
export function CameraView({ source, name, camera, onView, children }: CameraViewProps) {
  const screen = useRef<HTMLDivElement>(null);
  const [picture, setPicture] = useState<Picture | null>(null);
  const [state, setState] = useState<MediaState>({ name: 'loading' });
  const [tries, setTries] = useState(0);
  const [isOver, setIsOver] = useState(false);
  const isAlive = useIsAlive(camera);
  const isLost = useLostSince() !== undefined;
  const key = `${tries} ${source.kind} ${'url' in source ? source.url : ''}`;
  useEffect(() => setState((last) => (source.kind === 'scene' ? last : { name: 'loading' })), [key, source.kind]);

  useEffect(() => {
    if (screen.current) onView(name, { picture, screen: screen.current });

    return () => onView(name, undefined);
  }, [name, picture, onView]);

  const handleDrop = useCallback(
    (event: DragEvent) => {
      event.preventDefault();
      setIsOver(false);
      const file = [...event.dataTransfer.files].find(({ type }) => type.startsWith('video/'));
      if (file) showFile(name, file);
    },
    [name],
  );

  return (
    <div
      ref={screen}
      className="stage-screen"
      data-kind={source.kind}
      data-over={isOver}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={handleDrop}
    >
      <Media key={key} source={source} onPicture={setPicture} isAlive={isAlive || isLost} onState={setState} />
      <OverlayCanvas source={source} camera={camera} picture={picture} />
      <Staleness camera={camera} />
      <Misfits camera={camera} picture={picture} />
      {source.kind === 'scene' && !isAlive && <Quiet camera={camera} />}
      {children}
      {source.kind !== 'scene' && (
        <MediaTrouble state={state} onRetry={() => setTries(tries + 1)} onScene={() => showScene(name)} />
      )}
      {isOver && <p className="stage-drop">Drop a video here</p>}
    </div>
  );
}

function MediaTrouble({ state, ...on }: { state: MediaState; onRetry: () => void; onScene: () => void }) {
  if (state.name === 'loading') return <p className="stage-message">Opening the picture …</p>;
  if (state.name !== 'failed') return null;

  return (
    <div className="stage-message" role="alert">
      <p>{`Sorry: ${state.reason}.`}</p>
      <button type="button" className="button" onClick={on.onRetry}>
        Try again
      </button>
      <button type="button" className="button" onClick={on.onScene}>
        Show the scene
      </button>
    </div>
  );
}

/** How long after the last overlay the room counts as empty, in ms. */
const ALIVE_MS = 5_000;

function useIsAlive(camera: string | undefined): boolean {
  return useRates(camera).some(({ type, ageMs }) => OVERLAYS[type].pace !== 'stands' && ageMs < ALIVE_MS);
}
