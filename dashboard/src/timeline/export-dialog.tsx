import { useRef, useState } from 'react';
import { Dialog } from '../app/dialog.js';
import { count } from '../app/format.js';
import { notify } from '../app/notices.js';
import type { EventEntry } from './entry.js';
import { download, toCsv, toNdjson } from './export.js';
import { loadAll } from './timeline-store.js';

const FORMATS = [
  { name: 'NDJSON', does: 'each message as it came, one a line', type: 'application/x-ndjson', write: toNdjson },
  { name: 'CSV', does: 'a table for a spreadsheet', type: 'text/csv', write: toCsv },
] as const;

/** Saves the events that are shown, and what the hub has of the same kind. */
export function ExportDialog({ isFiltered, onClose }: { isFiltered: boolean; onClose: () => void }) {
  const [isBusy, setIsBusy] = useState(false);
  const choices = useRef<HTMLDivElement>(null);

  const handleSave = async ({ name, type, write }: (typeof FORMATS)[number]): Promise<void> => {
    setIsBusy(true);
    const all = await loadAll();
    // Closed meanwhile: nobody waits for it any more.
    if (!choices.current) return;

    const events = all.filter((entry): entry is EventEntry => entry.kind === 'event');
    const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
    download(`events-${stamp}.${name.toLowerCase()}`, type, write(events));
    notify('good', `${count(events.length, 'event')} saved as ${name}`);
    onClose();
  };

  return (
    <Dialog title="Export" onClose={onClose}>
      <p>
        {isFiltered
          ? 'Saves the events that fit your search and choice, as far back as the hub remembers.'
          : 'Saves all events, as far back as the hub remembers.'}
      </p>
      <div ref={choices} className="dialog-choices">
        {FORMATS.map((format) => (
          <button
            key={format.name}
            type="button"
            className="button"
            disabled={isBusy}
            title={format.does}
            onClick={() => void handleSave(format)}
          >
            {isBusy ? 'Collecting …' : format.name}
          </button>
        ))}
      </div>
    </Dialog>
  );
}
