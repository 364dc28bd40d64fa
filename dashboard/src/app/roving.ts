import { useLayoutEffect, type FocusEvent, type KeyboardEvent, type RefObject } from 'react';

const STEPS: Partial<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/**
 * Makes one stop of the Tab key of a row of buttons: the arrows go from one to the next. Source: WAI-ARIA practices, roving
 * tabindex.
 */
export function useRoving(row: RefObject<HTMLElement | null>): {
  onKeyDown: (event: KeyboardEvent) => void;
  onFocus: (event: FocusEvent) => void;
} {
  const buttons = (): HTMLElement[] => [...(row.current?.querySelectorAll<HTMLElement>('button') ?? [])];
  const setActive = (active: HTMLElement | undefined): void => {
    for (const button of buttons()) button.tabIndex = button === active ? 0 : -1;
  };
  // Buttons may have come or gone.
  useLayoutEffect(() => {
    const all = buttons();
    const isOne = all.filter(({ tabIndex }) => tabIndex === 0).length === 1;
    if (!isOne) setActive(all[0]);
  });

  return {
    onFocus: ({ target }) => {
      if (target instanceof HTMLElement && target.matches('button')) setActive(target);
    },
    onKeyDown: (event) => {
      const all = buttons();
      const current = all.indexOf(event.target as HTMLElement);
      const step = STEPS[event.key];
      const next = step === undefined ? { Home: 0, End: all.length - 1 }[event.key] : current + step;
      if (current < 0 || next === undefined) return;

      event.preventDefault();
      all[Math.min(all.length - 1, Math.max(0, next))]?.focus();
    },
  };
}
