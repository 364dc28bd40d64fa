import { useRef, type CSSProperties } from 'react';
import { number } from '../app/format.js';
import { useRoving } from '../app/roving.js';
import { useShortcut } from '../app/shortcuts.js';
import { useStore } from '../app/store.js';
import { compareNames, hueOf, labelOf } from './event-look.js';
import { searchText, shownNames, timeline } from './timeline-store.js';

/** More would fill the panel; the search finds the rest. */
const MAX_CHIPS = 40;

/** Which of the events are shown. */
export function FilterBar() {
  const search = useRef<HTMLInputElement>(null);
  const text = useStore(searchText);
  useShortcut('/', 'search the timeline', () => search.current?.focus());

  return (
    <div className="timeline-filter">
      <input
        ref={search}
        type="search"
        className="timeline-search"
        placeholder="Search ( / )"
        aria-label="Search the timeline"
        aria-keyshortcuts="/"
        spellCheck={false}
        value={text}
        onChange={(event) => searchText.set(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          searchText.set('');
          event.currentTarget.blur();
        }}
      />
      <Chips />
    </div>
  );
}

function Chips() {
  const { counts } = useStore(timeline);
  const row = useRef<HTMLDivElement>(null);
  const roving = useRoving(row);
  const shown = useStore(shownNames);
  // One that is chosen stays, also when there is none of it.
  const names = [...new Set([...counts.keys(), ...shown])].sort(compareNames);
  if (names.length === 0) return null;

  return (
    <div ref={row} className="chips" role="group" aria-label="Kinds of events" {...roving}>
      <button type="button" className="chip" aria-pressed={shown.length === 0} onClick={() => shownNames.set([])}>
        All
      </button>
      {names.slice(0, MAX_CHIPS).map((name) => (
        <button
          key={name}
          type="button"
          className="chip"
          style={{ '--hue': hueOf(name) } as CSSProperties}
          aria-pressed={shown.includes(name)}
          onClick={() => toggle(name)}
        >
          <i />
          <bdi>{labelOf(name)}</bdi> <small>{number(counts.get(name) ?? 0)}</small>
        </button>
      ))}
    </div>
  );
}

function toggle(name: string): void {
  const shown = shownNames.get();
  shownNames.set(shown.includes(name) ? shown.filter((other) => other !== name) : [...shown, name]);
}
