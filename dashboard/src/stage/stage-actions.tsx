import { useCallback, useState, type RefObject } from 'react';
import { ApiError, broadcast } from '../app/api.js';
import { clock } from '../app/format.js';
import { Icon, IconButton } from '../app/icons.js';
import { notify } from '../app/notices.js';
import { useShortcut } from '../app/shortcuts.js';
import type { Picture, ShownView } from './picture.js';
import type { MediaSource } from './media-source.js';
import { camera } from './overlay-settings.js';
import { download, takeSnapshot } from './snapshot.js';
import { SourceDialog } from './source-dialog.js';

interface StageActionsProps {
  figure: RefObject<HTMLElement | null>;
  /** By the name of the camera. */
  views: RefObject<ReadonlyMap<string, ShownView>>;
  source: MediaSource;
  /** Whose picture it is; `''` where there is one camera only. */
  name: string;
}

export function StageActions({ figure, views, source, name }: StageActionsProps) {
  const [isChoosing, setIsChoosing] = useState(false);
  const hasVideo = source.kind === 'video' || source.kind === 'webcam';
  const pictureNow = (): Picture | null => views.current.get(name)?.picture ?? null;
  const snapshot = (): void => {
    const { picture, screen } = views.current.get(name) ?? {};
    if (picture && screen) void saveSnapshot(picture, screen, source);
  };
  const fullscreen = useCallback(() => toggleFullscreen(figure.current), [figure]);
  const bookmark = (): void => void saveBookmark(pictureNow(), source);

  useShortcut('b', 'bookmark this moment', bookmark);
  useShortcut('s', 'save a snapshot', snapshot);
  useShortcut('f', 'full screen', fullscreen);
  useShortcut('v', 'choose the picture', () => setIsChoosing(true));

  return (
    <>
      <div className="stage-actions" role="group" aria-label="Picture">
        <button
          type="button"
          className="button"
          aria-keyshortcuts="b"
          title="Bookmark this moment (b)"
          onClick={bookmark}
        >
          <Icon name="bookmark" />
          <span>Bookmark</span>
        </button>
        <IconButton icon="camera" label="Snapshot" shortcut="s" onClick={snapshot} />
        <IconButton icon="video" label="Choose the picture" shortcut="v" onClick={() => setIsChoosing(true)} />
        <IconButton
          icon="pip"
          label="Picture in picture"
          isDisabled={!hasVideo || !document.pictureInPictureEnabled}
          onClick={() => void togglePictureInPicture(pictureNow())}
        />
        <IconButton icon="expand" label="Full screen" shortcut="f" onClick={fullscreen} />
      </div>
      {isChoosing && <SourceDialog camera={name} source={source} onClose={() => setIsChoosing(false)} />}
    </>
  );
}

async function saveSnapshot(picture: Picture, screen: HTMLElement, source: MediaSource): Promise<void> {
  try {
    const { png, width, height } = await takeSnapshot(picture, [...screen.querySelectorAll('canvas')]);
    const file = `snapshot-${new Date().toISOString().slice(0, 19).replaceAll(/\D/g, '-')}.png`;
    download(png, file);
    await broadcast('', {
      event_type: 'snapshot_saved',
      ...cameraField(),
      data: { ...momentOf(picture, source), file, width, height },
    });
    notify('good', `Saved ${file}`);
  } catch (error) {
    notify('bad', `No snapshot: ${error instanceof Error ? error.message : 'the picture cannot be read'}`);
  }
}

async function saveBookmark(picture: Picture | null, source: MediaSource): Promise<void> {
  try {
    await broadcast('', { event_type: 'bookmark', ...cameraField(), data: momentOf(picture, source) });
    notify('good', `Bookmarked ${clock(Date.now())}`);
  } catch (error) {
    notify('bad', `No bookmark: ${error instanceof ApiError ? error.message : 'the hub does not answer'}`);
  }
}

function cameraField(): { source?: string } {
  return camera.get() === '' ? {} : { source: camera.get() };
}

/** The time, and where in a recording it is. */
function momentOf(picture: Picture | null, source: MediaSource): object {
  const isRecording =
    picture instanceof HTMLVideoElement && Number.isFinite(picture.duration) && source.kind === 'video';

  return {
    timestamp: new Date().toISOString(),
    ...(isRecording && { video: source.name, video_time_s: Math.round(picture.currentTime * 1_000) / 1_000 }),
  };
}

function toggleFullscreen(figure: HTMLElement | null): void {
  const change = document.fullscreenElement ? document.exitFullscreen() : figure?.requestFullscreen();
  change?.catch(() => notify('bad', 'the browser does not allow full screen here'));
}

async function togglePictureInPicture(picture: Picture | null): Promise<void> {
  try {
    if (document.pictureInPictureElement) await document.exitPictureInPicture();
    else if (picture instanceof HTMLVideoElement) await picture.requestPictureInPicture();
  } catch {
    notify('bad', 'the browser does not allow picture in picture here');
  }
}
