import { useEffect, useRef } from 'react';
import { createStore, useStore } from './store.js';

export interface Notice {
  id: number;
  tone: 'good' | 'info' | 'bad';
  text: string;
}

/** How long one is shown, in ms. What went wrong stays longer. */
const SHOWN_MS = { good: 6_000, info: 6_000, bad: 15_000 } as const;
/** More at once would cover the page; the oldest goes. */
const MAX_NOTICES = 4;

const notices = createStore<readonly Notice[]>([]);
let lastId = 0;

/** Tells something that has just happened, in a corner, for some seconds. */
export function notify(tone: Notice['tone'], text: string): void {
  const id = ++lastId;
  notices.set([...notices.get().filter((notice) => notice.text !== text), { id, tone, text }].slice(-MAX_NOTICES));
  setTimeout(() => dismiss(id), SHOWN_MS[tone]);
}

function dismiss(id: number): void {
  notices.set(notices.get().filter((notice) => notice.id !== id));
}

export function Notices() {
  const list = useStore(notices);
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    // Shown anew, since what came last into the top layer is uppermost there: above full screen and dialogs too.
    box.current?.hidePopover();
    if (list.length > 0) box.current?.showPopover();
  }, [list]);

  return (
    <div ref={box} className="notices" popover="manual" role="status" aria-live="polite">
      {list.map(({ id, tone, text }) => (
        <div key={id} className="notice" data-tone={tone}>
          <span>{text}</span>
          <button type="button" className="icon-button small" aria-label="Dismiss" onClick={() => dismiss(id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
