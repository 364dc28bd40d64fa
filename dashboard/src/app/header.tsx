import { useState } from 'react';
import { ConnectionBadge } from './connection-badge.js';
import { Help } from './help.js';
import { IconButton } from './icons.js';
import { useShortcut } from './shortcuts.js';
import { toggleTheme, useTheme } from './theme.js';

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
