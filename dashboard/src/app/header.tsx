import { useState } from 'react';
import { RELAY } from '../hub-panel/relay.js';
import { hubStatus } from '../hub-panel/hub-status.js';
import { ConnectionBadge } from './connection-badge.js';
import { Help } from './help.js';
import { IconButton } from './icons.js';
import { useShortcut } from './shortcuts.js';
import { useStore } from './store.js';
import { toggleTheme, useTheme } from './theme.js';
import { view, type View } from './view.js';

export function Header() {
  const theme = useTheme();
  const [hasHelp, setHasHelp] = useState(false);
  useShortcut('t', 'dark or light', toggleTheme);
  useShortcut('?', 'this help', () => setHasHelp(true));

  return (
    <header className="page-header">
      <h1>
        <img src="favicon.svg" alt="" width="32" height="32" />
        <span>Dog monitor</span>
      </h1>
      <ConnectionBadge />
      <RelayNote />
      <Views />
      <div className="page-tools">
        <IconButton
          icon={theme === 'dark' ? 'sun' : 'moon'}
          label={theme === 'dark' ? 'Light theme' : 'Dark theme'}
          shortcut="t"
          onClick={toggleTheme}
        />
        <IconButton icon="help" label="Keyboard help" shortcut="?" onClick={() => setHasHelp(true)} />
      </div>
      {hasHelp && <Help onClose={() => setHasHelp(false)} />}
    </header>
  );
}

const VIEWS: readonly (readonly [View, string])[] = [
  ['monitor', 'Monitor'],
  ['hub', 'Hub'],
];

function Views() {
  const current = useStore(view);

  return (
    <nav className="views" aria-label="Views">
      {VIEWS.map(([name, label]) => (
        <button
          key={name}
          type="button"
          aria-current={name === current ? 'page' : undefined}
          onClick={() => view.set(name)}
        >
          {label}
        </button>
      ))}
    </nav>
  );
}

/** Says where the hub is not in step with the others: what happens there comes later. */
function RelayNote() {
  const status = useStore(hubStatus);
  const relay = status.name === 'known' ? RELAY[status.relay] : undefined;
  if (relay?.tone !== 'bad') return null;

  return (
    <span className="badge relay-note" title={relay.means}>
      {relay.label}
    </span>
  );
}
