import { useEffect, useLayoutEffect, useState, type RefObject } from 'react';
import { flushSync } from 'react-dom';

/** Rows beyond the edges that are there all the same, so that fast scrolling and the next key find them. */
const OVERSCAN = 8;
/** The height of a row, in rem: the style sheet has the same. */
const ROW_REM = 3.5;

export interface Windowing {
  /** The rows to render, from `first` to before `end`, counted from the top. */
  readonly first: number;
  readonly end: number;
  /** Of everything, in px. */
  readonly height: number;
  /** Of one row, in px. */
  readonly rowHeight: number;
  /** Where a row begins, in px from the top. */
  readonly topOf: (row: number) => number;
}

/**
 * Which rows of a long list are to be rendered. All have one height, but for one that is open.
 * @param open the row that is open, or -1
 * @param openHeight how much higher it is, in px
 */
export function useWindowing(
  element: RefObject<HTMLElement | null>,
  count: number,
  open: number,
  openHeight: number,
): Windowing {
  const [view, setView] = useState({ top: 0, height: 800, rowHeight: ROW_REM * 16 });

  useLayoutEffect(() => {
    const parent = element.current;
    if (!parent) return;

    const measure = (): void => {
      const rowHeight = ROW_REM * parseFloat(getComputedStyle(document.documentElement).fontSize);
      const next = { top: parent.scrollTop, height: parent.clientHeight, rowHeight };
      setView((last) =>
        last.top === next.top && last.height === next.height && last.rowHeight === rowHeight ? last : next,
      );
    };
    measure();
    const sizes = new ResizeObserver(measure);
    sizes.observe(parent);
    // At once: in the next frame there would be nothing where the list has been scrolled to.
    const handleScroll = (): void => flushSync(measure);
    parent.addEventListener('scroll', handleScroll, { passive: true });

    return () => {
      sizes.disconnect();
      parent.removeEventListener('scroll', handleScroll);
    };
  }, [element]);

  const { top, height, rowHeight } = view;
  const topOf = (row: number): number => row * rowHeight + (open >= 0 && row > open ? openHeight : 0);
  const above = Math.floor(Math.max(0, top - (open >= 0 && top > topOf(open) ? openHeight : 0)) / rowHeight);

  return {
    first: Math.max(0, Math.min(above - OVERSCAN, count - 1)),
    end: Math.min(count, above + Math.ceil(height / rowHeight) + OVERSCAN),
    height: topOf(count),
    rowHeight,
    topOf,
  };
}

/** The height of an element as it changes, in px; 0 while there is none. */
export function useHeight(): [height: number, ref: (element: HTMLElement | null) => void] {
  const [element, setElement] = useState<HTMLElement | null>(null);
  const [height, setHeight] = useState(0);

  useEffect(() => {
    if (!element) {
      setHeight(0);
      return;
    }
    const sizes = new ResizeObserver(() => setHeight(element.offsetHeight));
    sizes.observe(element);

    return () => sizes.disconnect();
  }, [element]);

  return [height, setElement];
}
