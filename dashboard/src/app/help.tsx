import { Dialog } from './dialog.js';
import { shortcuts } from './shortcuts.js';
import { useStore } from './store.js';

const KEY_NAMES: Partial<Record<string, string>> = { ' ': 'Space' };

/** The keyboard map. */
export function Help({ onClose }: { onClose: () => void }) {
  const list = useStore(shortcuts);

  return (
    <Dialog title="Keyboard" onClose={onClose}>
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
    </Dialog>
  );
}
