import { useEffect, useRef } from 'react';
import { createStore } from './store.js';

export interface Shortcut {
  /** As `KeyboardEvent.key` has it, letters in lower case. */
  key: string;
  /** What it does, for the help. */
  does: string;
}

interface Registered extends Shortcut {
  run: () => void;
}

/** All there are now, for the help. */
export const shortcuts = createStore<readonly Registered[]>([]);

/** While the component is there, the key does this. One that is typed into a field does not count. */
export function useShortcut(key: string, does: string, run: () => void): void {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });

  useEffect(() => {
    const entry: Registered = { key, does, run: () => latest.current() };
    shortcuts.set([...shortcuts.get(), entry]);

    return () => shortcuts.set(shortcuts.get().filter((other) => other !== entry));
  }, [key, does]);
}

addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (isForTarget(event)) return;

  const shortcut = shortcuts.get().findLast(({ key }) => key === event.key.toLowerCase());
  if (!shortcut) return;

  event.preventDefault();
  shortcut.run();
});

/** Writing, and what space and enter do to whatever has the focus. */
function isForTarget({ target, key }: KeyboardEvent): boolean {
  // For a moment the focus is still in a dialog that has just been closed.
  if (!(target instanceof HTMLElement) || !target.checkVisibility()) return false;
  if (target.isContentEditable || target.closest('dialog[open]')) return true;
  if (target.matches('textarea, select, input:not([type=checkbox], [type=radio], [type=range], [type=button])'))
    return true;

  return key === ' ' && target.matches('button, a, summary, input, [role=button], [tabindex="0"]');
}
