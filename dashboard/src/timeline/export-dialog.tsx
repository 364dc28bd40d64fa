import { useEffect, useRef, useState } from 'react';
import { count } from '../app/format.js';
import { Icon } from '../app/icons.js';
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
  const dialog = useRef<HTMLDialogElement>(null);
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);

  const handleSave = async ({ name, type, write }: (typeof FORMATS)[number]): Promise<void> => {
    setIsBusy(true);
    const all = await loadAll();
    const events = all.filter((entry): entry is EventEntry => entry.kind === 'event');
    const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
    download(`events-${stamp}.${name.toLowerCase()}`, type, write(events));
    notify('good', `${count(events.length, 'event')} saved as ${name}`);
    dialog.current?.close();
  };

  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="export-title" onClose={onClose}>
      <header>
        <h2 id="export-title">Export</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      <p>
        {isFiltered
          ? 'Saves the events that fit your search and choice, as far back as the hub remembers.'
          : 'Saves all events, as far back as the hub remembers.'}
      </p>
      <div className="dialog-choices">
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
    </dialog>
  );
}
