import { useHub } from 'dogmonitor-client/react';
import { useCallback, useEffect, useEffectEvent, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { CopyLine } from '../app/copy-line.js';
import { curlLine } from '../app/api.js';
import { createStore, useStore } from '../app/store.js';
import { replay } from '../replay/replay.js';
import type { Entry } from './entry.js';
import { Row } from './event-row.js';
import { follow, loadOlder, pause, retryHistory, timeline, type TimelineView } from './timeline-store.js';
import { useHeight, useWindowing } from './use-windowing.js';

/** Scrolled further than this share of a row, the list stands still. */
const SCROLLED = 0.5;
/** So many rows before the end, what is older is asked for. */
const AHEAD = 30;

/** A time to scroll to, in ms since 1970: a new object each time. */
export const jump = createStore<{ time: number } | undefined>(undefined);

/** The events, newest first; only those that can be seen are in the document. */
export function EventList() {
  const view = useStore(timeline);
  const scroller = useRef<HTMLDivElement>(null);
  const [openId, setOpenId] = useState<string>();
  const [focused, setFocused] = useState<string>();
  const [openHeight, detailsRef] = useHeight();
  const { rows, length, history } = view;
  const openRow = useMemo(() => rowOf(openId, rows, length), [rows, length, openId]);
  const { first, end, height, rowHeight, topOf } = useWindowing(scroller, length, openRow, openHeight);

  const visible = rows
    .slice(length - end, length - first)
    .reverse()
    .map((entry, i) => ({ entry, row: first + i }));
  const stop = stopOf(visible, focused);

  useJump(scroller, view, rowHeight);
  useReading(openRow);
  useEffect(() => {
    if (end + AHEAD >= length && history === 'ready') loadOlder();
  }, [end, length, history]);

  const handleScroll = (): void => {
    if ((scroller.current?.scrollTop ?? 0) > rowHeight * SCROLLED) pause('scroll');
    else follow('scroll');
  };
  const handleToggle = useCallback((id: string) => setOpenId((last) => (last === id ? undefined : id)), []);
  const handleFollow = (): void => {
    setOpenId(undefined);
    scroller.current?.scrollTo({ top: 0 });
    follow();
  };

  return (
    <div className="timeline-list">
      <Fresh count={view.fresh} onClick={handleFollow} />
      <div
        className="timeline-scroller"
        ref={scroller}
        tabIndex={-1}
        onScroll={handleScroll}
        onKeyDown={(event) => handleKey(event, scroller.current)}
      >
        <ol style={{ height }} aria-label="Events, newest first">
          {visible.map(({ entry, row }) => (
            <Row
              key={entry.id}
              entry={entry}
              top={topOf(row)}
              position={row + 1}
              count={length}
              isOpen={row === openRow}
              isStop={entry.id === stop}
              onFocus={setFocused}
              onToggle={handleToggle}
              detailsRef={detailsRef}
            />
          ))}
        </ol>
        <End view={view} />
      </div>
    </div>
  );
}

/** The list stands still while somebody reads the details of an event. */
function useReading(openRow: number): void {
  useEffect(() => {
    if (openRow >= 0) pause('reading');
    else follow('reading');
  }, [openRow]);
}

/** The one row that Tab leads to: the one that had the focus, or the first. */
function stopOf(visible: readonly { entry: Entry }[], focused: string | undefined): string | undefined {
  const ids = visible.flatMap(({ entry }) => (entry.kind === 'event' ? entry.id : []));

  return ids.find((id) => id === focused) ?? ids[0];
}

/** Which row from the top has this id, or -1. */
function rowOf(id: string | undefined, rows: TimelineView['rows'], length: number): number {
  const index = id === undefined ? -1 : rows.findLastIndex((entry) => entry.id === id);

  return index < 0 ? -1 : length - 1 - index;
}

/** How much has come while the list stood still, and the way there. */
function Fresh({ count, onClick }: { count: number; onClick: () => void }) {
  if (count === 0) return null;

  return (
    <button type="button" className="timeline-fresh" onClick={onClick}>
      <span aria-hidden="true">↑ </span>
      {`${count.toLocaleString()} new`}
    </button>
  );
}

/** What is behind the oldest row, or in the place of all. */
function End({ view: { length, entries, history } }: { view: TimelineView }) {
  const { name } = useHub().state;
  const isReplay = useStore(replay) !== undefined;

  if (history === 'failed') {
    return (
      <div className="timeline-end" role="alert">
        <p>{name === 'open' ? 'The hub did not answer.' : 'What was before comes when the hub is back.'}</p>
        <button type="button" className="button small" onClick={length > 0 ? loadOlder : retryHistory}>
          Try again
        </button>
      </div>
    );
  }
  if (history === 'loading') return <p className="timeline-end quiet">Loading …</p>;
  if (length > 0) {
    return history === 'ready' ? null : (
      <p className="timeline-end quiet">
        {history === 'full' ? 'The page holds no more. Search or choose to see less.' : 'The hub remembers no more.'}
      </p>
    );
  }

  if (isReplay) return <p className="timeline-end quiet">Nothing had happened by then.</p>;

  return (
    <div className="timeline-end timeline-empty">
      <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
        <path d="M5 5l3.2 2.4h7.6L19 5v8.2c0 3.6-3 6.3-7 6.3s-7-2.7-7-6.3z M8.6 12.4h1.6 M13.8 12.4h1.6 M10.6 15.6h2.8L12 17z" />
      </svg>
      <p>{entries.length > 0 ? 'Nothing fits what you chose.' : 'Nothing has happened yet.'}</p>
      {entries.length > 0 ? (
        <p className="quiet">Clear the search or the choice above.</p>
      ) : (
        <>
          <p className="quiet">Send the first event:</p>
          <CopyLine text={curlLine('', { event_type: 'bark', data: { confidence: 0.9 } })} />
          <p className="quiet">or let a simulated dog play:</p>
          <CopyLine text={`npm run demo -- --url ${location.origin}`} />
        </>
      )}
    </div>
  );
}

function useJump(scroller: { current: HTMLElement | null }, { rows, length }: TimelineView, rowHeight: number): void {
  const target = useStore(jump);
  // Only when somebody wants to go somewhere, not when something comes.
  const scrollTo = useEffectEvent((time: number) => {
    const index = rows.findLastIndex(({ at }) => at < time);
    scroller.current?.scrollTo({ top: (length - 1 - index) * rowHeight });
  });
  useEffect(() => {
    if (target) scrollTo(target.time);
  }, [target]);
}

/** The arrows go from row to row. */
function handleKey(event: KeyboardEvent, scroller: HTMLElement | null): void {
  const row = (event.target as Element).closest('.timeline-row');
  const lines = [...(scroller?.querySelectorAll<HTMLElement>('.event-line') ?? [])].sort(byPosition);
  const current = row ? lines.findIndex((line) => row.contains(line)) : -1;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || current < 0 || (event.target as Element).matches('pre')) return;

  event.preventDefault();
  lines[current + step]?.focus();
}

function byPosition(a: Element, b: Element): number {
  const position = (element: Element): number => Number(element.closest('li')?.getAttribute('aria-posinset'));

  return position(a) - position(b);
}
