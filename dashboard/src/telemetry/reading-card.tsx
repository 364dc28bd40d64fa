import { memo } from 'react';
import { duration } from '../app/format.js';
import { useStore } from '../app/store.js';
import { Chart } from './chart.js';
import { colorVariable } from './chart-options.js';
import type { Reading } from './readings.js';
import type { Series } from './series.js';
import { pointedAt, tick } from './telemetry-store.js';
import { formatReading, unitOf } from './units.js';

/** One reading: what it is now, or was at the moment that is pointed at, and how it went. */
export const ReadingCard = memo(function ReadingCard({ reading }: { reading: Reading }) {
  const { key, series } = reading;
  const unit = unitOf(key);

  return (
    <figure className="reading" aria-label={unit.label}>
      <figcaption>
        <span className="reading-name" title={key}>
          {unit.label}
        </span>
        <span className="reading-values">
          {series.map((one, i) => (
            <Value key={one.source} series={one} color={series.length > 1 ? colorVariable(i) : undefined} />
          ))}
        </span>
      </figcaption>
      <Chart reading={reading} />
    </figure>
  );
});

function Value({ series, color }: { series: Series; color: string | undefined }) {
  const now = useStore(tick);
  const pointed = useStore(pointedAt);
  const unit = unitOf(series.key);
  const time = pointed ?? now;
  const value = series.valueAt(time);
  const isSilent = Number.isNaN(value);
  // What was last known is better than nothing, as long as it says so.
  const shown = isSilent && pointed === undefined && time >= series.newestAt ? series.newest : value;

  return (
    <span className="reading-value" data-silent={isSilent}>
      {color !== undefined && (
        <span className="reading-source" title={series.source}>
          <i style={{ background: `var(${color})` }} />
          <bdi>{series.source || 'no source'}</bdi>
        </span>
      )}
      <output aria-live="off">
        <b>{formatReading(shown, unit)}</b>
        {unit.unit && <small>{unit.unit}</small>}
      </output>
      {isSilent && pointed === undefined && time >= series.newestAt && (
        <small className="reading-age">{duration(time - series.newestAt)} ago</small>
      )}
    </span>
  );
}
