import { useState, type FormEvent } from 'react';
import { Dialog } from '../app/dialog.js';
import { canUseWebcam, showAddress, showFile, showScene, showWebcam, type MediaSource } from './media-source.js';

interface SourceDialogProps {
  /** Whose picture it is. */
  camera: string;
  source: MediaSource;
  onClose: () => void;
}

/** Where the picture comes from. */
export function SourceDialog({ camera, source, onClose }: SourceDialogProps) {
  const choose = (show: () => void): void => {
    show();
    onClose();
  };

  return (
    <Dialog title={camera === '' ? 'The picture' : `The picture of ${camera}`} onClose={onClose}>
      <AddressForm camera={camera} source={source} onClose={onClose} />
      <div className="dialog-choices">
        <label className="button">
          Choose a video file
          <input
            type="file"
            accept="video/*"
            className="visually-hidden"
            onChange={(event) => {
              const file = event.target.files?.[0];
              if (file) choose(() => showFile(camera, file));
            }}
          />
        </label>
        <button
          type="button"
          className="button"
          disabled={!canUseWebcam()}
          onClick={() => choose(() => showWebcam(camera))}
        >
          Use the webcam
        </button>
        <button type="button" className="button" onClick={() => choose(() => showScene(camera))}>
          Show the drawn scene
        </button>
      </div>
      <p className="quiet">
        A file can also be dropped on the stage. It stays on this device.
        {!canUseWebcam() && ' Browsers open a webcam on https and on localhost only.'}
      </p>
    </Dialog>
  );
}

function AddressForm({ camera, source, onClose }: SourceDialogProps) {
  const [address, setAddress] = useState('url' in source && !source.url.startsWith('blob:') ? source.url : '');
  const [kind, setKind] = useState<'video' | 'mjpeg'>(source.kind === 'mjpeg' ? 'mjpeg' : 'video');
  const [problem, setProblem] = useState('');

  const handleSubmit = (event: FormEvent): void => {
    event.preventDefault();
    try {
      showAddress(camera, kind, address);
      onClose();
    } catch (error) {
      setProblem(error instanceof TypeError ? error.message : 'this is no address');
    }
  };

  return (
    <form className="form" onSubmit={handleSubmit} noValidate>
      <label className="field">
        <span>Address</span>
        <input
          type="url"
          inputMode="url"
          placeholder="http://camera.local/stream"
          value={address}
          aria-invalid={problem !== ''}
          aria-describedby="source-problem"
          onChange={(event) => setAddress(event.target.value)}
        />
      </label>
      <fieldset className="segments">
        <legend className="visually-hidden">Kind</legend>
        {(['video', 'mjpeg'] as const).map((each) => (
          <label key={each}>
            <input type="radio" name="kind" checked={kind === each} onChange={() => setKind(each)} />
            <span>{each === 'video' ? 'Video (MP4, WebM)' : 'Live picture (MJPEG)'}</span>
          </label>
        ))}
      </fieldset>
      <p id="source-problem" className="problem" role="alert">
        {problem}
      </p>
      <button type="submit" className="button accent">
        Show it
      </button>
    </form>
  );
}
