import { useEffect, useRef } from 'react';
import { Icon } from './icons.js';
import { shortcuts } from './shortcuts.js';
import { useStore } from './store.js';

const KEY_NAMES: Partial<Record<string, string>> = { ' ': 'Space' };

/** The keyboard map. */
export function Help({ onClose }: { onClose: () => void }) {
  const list = useStore(shortcuts);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);

  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="help-title" onClose={onClose}>
      <div className="dialog-head">
        <h2 id="help-title">Keyboard</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <dl className="keys">
        {list.map(({ key, does }) => (
          <div key={key}>
            <dt>
              <kbd>{KEY_NAMES[key] ?? key.toUpperCase()}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p className="quiet">The address holds what you see: copy it to share this very page.</p>
    </dialog>
  );
}
