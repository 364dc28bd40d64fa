import { useCallback, useRef, useState } from 'react';
import { useStore } from '../app/store.js';
import { CameraGrid } from './camera-grid.js';
import { CameraView } from './camera-view.js';
import { cameras, layout, shownCameras } from './cameras.js';
import { Lost } from './lost.js';
import { mediaOf, pictures } from './media-source.js';
import { OverlayBar } from './overlay-bar.js';
import { camera } from './overlay-settings.js';
import type { ShownView } from './picture.js';
import { StageActions } from './stage-actions.js';

/** The picture of one camera, or several beside each other, and what can be done with it. */
export function Stage() {
  const known = useStore(cameras);
  const chosen = useStore(camera);
  const names = shownCameras(known, chosen, useStore(layout));
  const isGrid = names.length > 1;
  // Of several, one alone shows its own overlays only; the only one there is shows all.
  const alone = chosen || (known.active.length > 1 ? names[0] : undefined);
  const figure = useRef<HTMLElement>(null);
  const views = useRef(new Map<string, ShownView>());
  const handleView = useCallback((name: string, view: ShownView | undefined) => {
    if (view) views.current.set(name, view);
    else views.current.delete(name);
  }, []);
  const [looked, setLooked] = useState('');
  // What the buttons are for: of several the one that somebody looks at.
  const current = isGrid ? (names.includes(looked) ? looked : (names[0] ?? '')) : (alone ?? '');
  const all = useStore(pictures);

  return (
    <section className="panel stage-panel" id="stage" tabIndex={-1} aria-label="Stage" ref={figure}>
      <div className="stage-view">
        {isGrid ? (
          <CameraGrid names={names} onView={handleView} onCurrent={setLooked} />
        ) : (
          <CameraView
            key={current}
            source={mediaOf(all, current, true)}
            name={current}
            camera={alone}
            onView={handleView}
          />
        )}
        <Lost />
      </div>
      <div className="stage-bar">
        <OverlayBar />
      </div>
      <StageActions figure={figure} views={views} source={mediaOf(all, current, !isGrid)} name={current} />
    </section>
  );
}
