import { useState } from 'react';
import { count } from '../app/format.js';
import { useShortcut } from '../app/shortcuts.js';
import { useStore } from '../app/store.js';
import { ReplayBar } from '../replay/replay-bar.js';
import { replay } from '../replay/replay.js';
import { DensityBar } from './density-bar.js';
import { EventList, jump } from './event-list.js';
import { ExportDialog } from './export-dialog.js';
import { FilterBar } from './filter-bar.js';
import { follow, pause, searchText, shownNames, timeline } from './timeline-store.js';
import './timeline.css';

/** What happened, newest first. */
export function Timeline() {
  const isReplay = useStore(replay) !== undefined;

  return (
    <section className="panel timeline-panel" id="timeline" tabIndex={-1} aria-label="Timeline" data-replay={isReplay}>
      <TimelineHeader />
      <div className="timeline-tools">
        <FilterBar />
        {isReplay ? <ReplayBar /> : <DensityBar />}
      </div>
      <EventList />
    </section>
  );
}

function TimelineHeader() {
  const { eventCount, isPaused, fresh } = useStore(timeline);
  const search = useStore(searchText);
  const names = useStore(shownNames);
  const [isExporting, setIsExporting] = useState(false);

  const handlePause = (): void => {
    if (!isPaused) return pause('user');
    follow();
    jump.set({ time: Infinity });
  };
  useShortcut(' ', 'pause the timeline, or go on', handlePause);

  return (
    <header className="panel-header timeline-header">
      <h2>Timeline</h2>
      <span className="quiet timeline-count">
        {/* Where something is new, the button to it says so. */}
        {fresh > 0 ? '' : isPaused ? 'paused' : count(eventCount, 'event')}
      </span>
      <button
        type="button"
        className="icon-button"
        aria-pressed={isPaused}
        aria-label={isPaused ? 'Go on' : 'Pause the timeline'}
        aria-keyshortcuts="Space"
        title={isPaused ? 'Go on (Space)' : 'Pause (Space)'}
        onClick={handlePause}
      >
        <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
          <path d={isPaused ? 'M8 5.5v13l10.5-6.5z' : 'M9 6v12 M15 6v12'} />
        </svg>
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label="Export events"
        title="Export events"
        onClick={() => setIsExporting(true)}
      >
        <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 4v11 M7.5 11l4.5 4.5 4.5-4.5 M5 19.5h14" />
        </svg>
      </button>
      {isExporting && (
        <ExportDialog isFiltered={search !== '' || names.length > 0} onClose={() => setIsExporting(false)} />
      )}
    </header>
  );
}
