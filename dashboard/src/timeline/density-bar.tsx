import { useMemo, useRef, useState, useSyncExternalStore, type KeyboardEvent, type PointerEvent } from 'react';
import { clock, count } from '../app/format.js';
import { useStore } from '../app/store.js';
import { pageNow, startReplay } from '../replay/replay.js';
import { tick } from '../telemetry/telemetry-store.js';
import { type Bar, BAR_MS, BARS, barsOf } from './density.js';
import { jump } from './event-list.js';
import { timeline } from './timeline-store.js';

/** What is replayed where nothing is chosen: the last minute. */
const REPLAY_MS = 60_000;
/** Half so high a bar for one event as for many: a single bark must be seen. */
const POWER = 0.55;

/** Minutes that are chosen, by when they begin; `anchor` is where that began. */
interface Choice {
  anchor: number;
  head: number;
}

/** How much happened in the last hour, minute by minute; a stretch of it can be chosen, and replayed. */
export function DensityBar() {
  const { entries, matches, version } = useStore(timeline);
  const minute = useSyncExternalStore(tick.subscribe, () => Math.floor(tick.get() / BAR_MS));
  const bars = useMemo(() => {
    // The list of entries may be the same one with more in it.
    void version;
    return barsOf(entries, matches, minute * BAR_MS);
  }, [entries, matches, version, minute]);
  const [choice, setChoice] = useState<Choice>();
  const range = choice && {
    from: Math.min(choice.anchor, choice.head),
    to: Math.max(choice.anchor, choice.head) + BAR_MS,
  };
  const inRange = bars.filter(({ from }) => range && from >= range.from && from < range.to);
  const total = inRange.reduce((sum, bar) => sum + bar.count, 0);
  const text = range ? `${shortClock(range.from)}–${shortClock(range.to)} · ${count(total, 'event')}` : undefined;

  return (
    <div className="density">
      <Bars bars={bars} chosen={inRange} choice={choice} text={text} onChoose={setChoice} />
      <div className="density-foot">
        <span className="quiet">{text ?? 'last hour'}</span>
        {choice && (
          <button type="button" className="button small ghost" onClick={() => setChoice(undefined)}>
            Clear
          </button>
        )}
        <button
          type="button"
          className="button small ghost"
          title="Show it again, on the stage and in the charts"
          onClick={() => startReplay(range?.from ?? pageNow() - REPLAY_MS, Math.min(range?.to ?? pageNow(), pageNow()))}
        >
          <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d="M5 12a7 7 0 1 1 2.2 5 M5 17.5V13h4.5 M10.5 9.2l4.5 2.8-4.5 2.8z" />
          </svg>
          {choice ? 'Replay' : 'Replay last minute'}
        </button>
      </div>
    </div>
  );
}

interface BarsProps {
  bars: readonly Bar[];
  chosen: readonly Bar[];
  choice: Choice | undefined;
  text: string | undefined;
  onChoose: (choice: Choice | undefined) => void;
}

function Bars({ bars, chosen, choice, text, onChoose }: BarsProps) {
  const element = useRef<HTMLDivElement>(null);
  const newest = bars.at(-1)?.from ?? 0;
  const most = Math.max(1, ...bars.map((bar) => bar.count));
  const barAt = ({ clientX }: PointerEvent): number => {
    const { left = 0, width = 1 } = element.current?.getBoundingClientRect() ?? {};

    return bars[Math.min(BARS - 1, Math.max(0, Math.floor(((clientX - left) / width) * BARS)))]?.from ?? newest;
  };
  const handleKey = (event: KeyboardEvent): void => {
    const next = keyed(event, choice, newest);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    onChoose(next ?? undefined);
    if (next) showEndOf(next);
  };

  return (
    <div
      ref={element}
      className="density-bars"
      role="slider"
      tabIndex={0}
      aria-label="Events in the last hour; arrows choose a minute, with Shift more of them"
      aria-valuemin={0}
      aria-valuemax={BARS - 1}
      aria-valuenow={Math.max(0, BARS - 1 - (newest - (choice?.head ?? newest)) / BAR_MS)}
      aria-valuetext={text ?? 'none chosen'}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        onChoose({ anchor: barAt(event), head: barAt(event) });
      }}
      onPointerMove={(event) => {
        if (event.buttons > 0 && choice) onChoose({ ...choice, head: barAt(event) });
      }}
      onPointerUp={() => choice && showEndOf(choice)}
      onKeyDown={handleKey}
    >
      {bars.map((bar) => (
        <i
          key={bar.from}
          title={`${shortClock(bar.from)}: ${count(bar.count, 'event')}`}
          data-chosen={chosen.includes(bar)}
        >
          <b style={{ height: bar.count === 0 ? 0 : `${Math.max(8, 100 * (bar.count / most) ** POWER)}%` }} />
        </i>
      ))}
    </div>
  );
}

/** Scrolls the list to the newest event of what is chosen. */
function showEndOf({ anchor, head }: Choice): void {
  jump.set({ time: Math.max(anchor, head) + BAR_MS });
}

function shortClock(time: number): string {
  return clock(time).slice(0, 5);
}

/** What a key makes of the choice: `null` none, `undefined` where it is not for the bars. */
function keyed(
  { key, shiftKey }: KeyboardEvent,
  choice: Choice | undefined,
  newest: number,
): Choice | null | undefined {
  if (key === 'Escape') return choice ? null : undefined;
  const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, Home: -BARS, End: BARS }[key];
  if (step === undefined) return undefined;

  const head = choice ? choice.head + step * BAR_MS : newest;
  const inside = Math.min(newest, Math.max(newest - (BARS - 1) * BAR_MS, head));

  return { anchor: shiftKey && choice ? choice.anchor : inside, head: inside };
}
