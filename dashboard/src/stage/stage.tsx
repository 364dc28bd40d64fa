import { OVERLAYS } from 'dogmonitor-client/overlay';
import { useCallback, useEffect, useRef, useState, type DragEvent, type RefObject } from 'react';
import { useLostSince } from '../app/online.js';
import { useStore } from '../app/store.js';
import { Media } from './media.js';
import type { MediaState, Picture } from './picture.js';
import { mediaSource, showFile, showScene, type MediaSource } from './media-source.js';
import { OverlayCanvas } from './overlay-canvas.js';
import { overlayRates } from './overlay-rates.js';
import { OverlayBar } from './overlay-bar.js';
import { StageActions } from './stage-actions.js';
import { Lost } from './lost.js';
import { Misfits } from './misfit.js';
import { camera } from './overlay-settings.js';
import { Quiet } from './quiet.js';
import { Staleness } from './staleness.js';

/** The picture with all that is seen in it, and what can be done with it. */
export function Stage() {
  const source = useStore(mediaSource);
  const figure = useRef<HTMLElement>(null);
  const [picture, setPicture] = useState<Picture | null>(null);
  const screen = useRef<HTMLDivElement>(null);

  return (
    <section className="panel stage-panel" aria-label="Stage" ref={figure}>
      <Screen source={source} picture={picture} onPicture={setPicture} screen={screen} />
      <div className="stage-bar">
        <OverlayBar />
      </div>
      <StageActions figure={figure} picture={picture} screen={screen} source={source} />
    </section>
  );
}

interface ScreenProps {
  source: MediaSource;
  picture: Picture | null;
  onPicture: (picture: Picture | null) => void;
  screen: RefObject<HTMLDivElement | null>;
}

function Screen({ source, picture, onPicture, screen }: ScreenProps) {
  const [state, setState] = useState<MediaState>({ name: 'loading' });
  const [tries, setTries] = useState(0);
  const [isOver, setIsOver] = useState(false);
  const isAlive = useIsAlive();
  const isLost = useLostSince() !== undefined;
  const chosen = useStore(camera);
  const key = `${tries} ${source.kind} ${'url' in source ? source.url : ''}`;
  useEffect(() => setState((last) => (source.kind === 'scene' ? last : { name: 'loading' })), [key, source.kind]);

  const handleDrop = useCallback((event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    const file = [...event.dataTransfer.files].find(({ type }) => type.startsWith('video/'));
    if (file) showFile(file);
  }, []);

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
      <Media key={key} source={source} onPicture={onPicture} isAlive={isAlive || isLost} onState={setState} />
      <OverlayCanvas source={source} picture={picture} />
      <Staleness />
      <Misfits source={chosen === '' ? undefined : chosen} picture={picture} />
      {source.kind === 'scene' && !isAlive && <Quiet />}
      {source.kind !== 'scene' && state.name === 'loading' && <p className="stage-message">Opening the picture …</p>}
      {source.kind !== 'scene' && state.name === 'failed' && (
        <div className="stage-message" role="alert">
          <p>{`Sorry: ${state.reason}.`}</p>
          <button type="button" className="button" onClick={() => setTries(tries + 1)}>
            Try again
          </button>
          <button type="button" className="button" onClick={showScene}>
            Show the scene
          </button>
        </div>
      )}
      <Lost />
      {isOver && <p className="stage-drop">Drop a video here</p>}
    </div>
  );
}

/** How long after the last overlay the room counts as empty, in ms. */
const ALIVE_MS = 5_000;

function useIsAlive(): boolean {
  return useStore(overlayRates).some(({ type, ageMs }) => OVERLAYS[type].pace !== 'stands' && ageMs < ALIVE_MS);
}
