import { useHub } from 'dogmonitor-client/react';
import { useMemo } from 'react';
import { clock } from '../app/format.js';
import { useStore } from '../app/store.js';
import { curlLine } from '../app/api.js';
import { CopyLine } from '../app/copy-line.js';
import { camera } from '../stage/overlay-settings.js';
import { ReadingCard } from './reading-card.js';
import type { Reading } from './readings.js';
import { pointedAt, readings, WINDOWS, windowMinutes } from './telemetry-store.js';
import './telemetry.css';

/** Every number that telemetry brings: what it is, and how it went. */
export function Telemetry() {
  const chosen = useStore(camera);
  const readingsOfAll = useStore(readings.all);
  const all = useMemo(() => readingsOf(readingsOfAll, chosen), [readingsOfAll, chosen]);
  const hasMore = useStore(readings.hasMore);

  return (
    <section className="panel telemetry-panel" id="telemetry" tabIndex={-1} aria-label="Telemetry">
      <header className="panel-header">
        <h2>Telemetry</h2>
        <Moment />
        <WindowChoice />
      </header>
      {all.length === 0 ? (
        <Empty />
      ) : (
        <div className="readings">
          {all.map((reading) => (
            <ReadingCard key={reading.key} reading={reading} />
          ))}
        </div>
      )}
      {hasMore && <p className="quiet readings-more">There are more readings than this page can show.</p>}
    </section>
  );
}

/** Those of one camera; of all where none is chosen. */
function readingsOf(all: readonly Reading[], chosen: string): readonly Reading[] {
  if (chosen === '') return all;

  return all.flatMap(({ key, series }) => {
    const own = series.filter(({ source }) => source === chosen);

    return own.length === 0 ? [] : [{ key, series: own }];
  });
}

function Moment() {
  const time = useStore(pointedAt);

  return <span className="quiet moment">{time !== undefined && `at ${clock(time)}`}</span>;
}

function WindowChoice() {
  const minutes = useStore(windowMinutes);

  return (
    <fieldset className="segments">
      <legend className="visually-hidden">How far back the charts go</legend>
      {WINDOWS.map((each) => (
        <label key={each}>
          <input
            type="radio"
            name="minutes"
            aria-label={`${each} ${each === 1 ? 'minute' : 'minutes'}`}
            checked={each === minutes}
            onChange={() => windowMinutes.set(each)}
          />
          <span>{each} min</span>
        </label>
      ))}
    </fieldset>
  );
}

function Empty() {
  const { name } = useHub().state;

  return (
    <div className="readings-empty">
      <svg viewBox="0 0 120 36" aria-hidden="true">
        <path d="M2 26c10 0 12-14 22-14s12 10 22 10 12-16 22-16 12 18 22 18 12-8 28-8" />
      </svg>
      <p>{name === 'open' ? 'No readings yet.' : 'Waiting for the hub.'}</p>
      <p className="quiet">Each number that a detector sends as telemetry gets a chart here:</p>
      <CopyLine text={curlLine('/telemetry', { data: { fps: 30, battery: 85 } })} />
    </div>
  );
}
