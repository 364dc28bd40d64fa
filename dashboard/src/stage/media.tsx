import { useCallback, useEffect, useRef, useState } from 'react';
import type { MediaSource } from './media-source.js';
import type { MediaState, Picture } from './picture.js';
import { Scene } from './scene.js';

interface MediaProps {
  source: MediaSource;
  /** Told the element that shows it, and `null` when it is gone. */
  onPicture: (picture: Picture | null) => void;
  /** Whether something lives on the scene, so that the dog that sleeps there leaves it. */
  isAlive: boolean;
  onState: (state: MediaState) => void;
}

/** What stands behind the overlays. The stage gives it a new key for each new source. */
export function Media({ source, onPicture, isAlive, onState }: MediaProps) {
  switch (source.kind) {
    case 'scene':
      return <Scene onPicture={onPicture} isAlive={isAlive} onState={onState} />;
    case 'mjpeg':
      return <Mjpeg source={source} onPicture={onPicture} onState={onState} />;
    case 'video':
      return <Video url={source.url} name={source.name} onPicture={onPicture} onState={onState} />;
    case 'webcam':
      return <Webcam onPicture={onPicture} onState={onState} />;
  }
}

type PartProps = Pick<MediaProps, 'onPicture' | 'onState'>;

/** Asked for with CORS first, since only then a snapshot of it can be read; many cameras do not know that, and get a second try. */
function useCors(onFail: () => void): { crossOrigin: 'anonymous' | undefined; handleError: () => void } {
  const [hasCors, setHasCors] = useState(true);

  return {
    crossOrigin: hasCors ? 'anonymous' : undefined,
    handleError: () => (hasCors ? setHasCors(false) : onFail()),
  };
}

function Video({ url, name, onPicture, onState }: PartProps & { url: string; name: string }) {
  const { crossOrigin, handleError } = useCors(() => onState({ name: 'failed', reason: `${name} cannot be played` }));

  return (
    <video
      key={crossOrigin ?? 'plain'}
      ref={onPicture}
      className="stage-picture"
      src={url}
      crossOrigin={crossOrigin}
      aria-label={`Video ${name}`}
      autoPlay
      loop
      muted
      playsInline
      onLoadedData={() => onState({ name: 'shown' })}
      onError={handleError}
    />
  );
}

function Mjpeg({ source, onPicture, onState }: PartProps & { source: { url: string; name: string } }) {
  const { crossOrigin, handleError } = useCors(() =>
    onState({ name: 'failed', reason: `${source.name} shows no picture` }),
  );

  return (
    <img
      key={crossOrigin ?? 'plain'}
      ref={onPicture}
      className="stage-picture"
      src={source.url}
      crossOrigin={crossOrigin}
      alt={`Live picture of ${source.name}`}
      onLoad={() => onState({ name: 'shown' })}
      onError={handleError}
    />
  );
}

function Webcam({ onPicture, onState }: PartProps) {
  const video = useRef<HTMLVideoElement>(null);
  const hold = useCallback(
    (element: HTMLVideoElement | null) => {
      video.current = element;
      onPicture(element);
    },
    [onPicture],
  );

  useEffect(() => {
    let isGone = false;
    let stream: MediaStream | undefined;

    openCamera().then(
      (opened) => {
        stream = opened;
        if (isGone) stop(opened);
        else if (video.current) video.current.srcObject = opened;
      },
      (error: unknown) => {
        if (!isGone) onState({ name: 'failed', reason: cameraProblem(error) });
      },
    );

    return () => {
      isGone = true;
      if (stream) stop(stream);
    };
  }, [onState]);

  return (
    <video
      ref={hold}
      className="stage-picture"
      aria-label="Webcam"
      autoPlay
      muted
      playsInline
      onLoadedData={() => onState({ name: 'shown' })}
    />
  );
}

async function openCamera(): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 } } });
}

function stop(stream: MediaStream): void {
  stream.getTracks().forEach((track) => track.stop());
}

function cameraProblem(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError') return 'the browser does not let this page use the camera';
  if (name === 'NotFoundError') return 'this device has no camera';
  if (error instanceof TypeError) return 'browsers open a camera on https and on localhost only';

  return 'the camera does not open';
}
