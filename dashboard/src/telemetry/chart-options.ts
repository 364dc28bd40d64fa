import type uPlot from 'uplot';
import { clock } from '../app/format.js';
import { rangeOf } from './range.js';
import { pointedAt } from './telemetry-store.js';
import { formatReading, type Unit } from './units.js';

/** Charts with this key move their cursors together. */
const SYNC_KEY = 'telemetry';

/** Lines of their own colour; more sources begin anew. */
const COLORS = 6;

export function colorVariable(index: number): string {
  return `--series-${(index % COLORS) + 1}`;
}

/** @param styles of the element that the chart is in: its colours are those of the page */
export function chartOptions(
  unit: Unit,
  seriesCount: number,
  styles: CSSStyleDeclaration,
  alone: () => readonly number[][],
): uPlot.Options {
  const color = (name: string): string => styles.getPropertyValue(name).trim();
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const font = `${Math.round(rem * 0.72)}px ${color('--font')}`;
  const axis: uPlot.Axis = {
    stroke: color('--quiet'),
    font,
    ticks: { show: false },
    grid: { stroke: color('--line'), width: 1 },
    gap: 4,
  };
  const series = Array.from({ length: seriesCount }, (_, i): uPlot.Series => {
    const stroke = color(colorVariable(i));

    return {
      stroke,
      width: 1.75,
      ...(seriesCount === 1 && { fill: `${stroke}1f` }),
      points: { show: true, size: 4, fill: stroke, stroke, filter: (_u, index) => [...(alone()[index - 1] ?? [])] },
    };
  });

  return {
    width: 100,
    height: 60,
    ms: 1,
    padding: [6, 2, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 }, sync: { key: SYNC_KEY, setSeries: false } },
    scales: { x: { time: true }, y: { range: (_u, min, max) => rangeOf(min, max, unit) } },
    axes: [
      {
        ...axis,
        size: rem * 1.35,
        space: rem * 6,
        grid: { show: false },
        values: clockTexts,
      },
      {
        ...axis,
        size: rem * 2.7,
        space: rem * 1.9,
        values: (_u, splits) => splits.map((value) => formatReading(value, unit)),
      },
    ],
    series: [{}, ...series],
    hooks: { setCursor: [(chart) => point(chart)] },
  };
}

/** Without those that would stick out. */
function clockTexts({ scales: { x } }: uPlot, times: number[]): string[] {
  const [min, max] = [x?.min ?? 0, x?.max ?? 0];
  const edge = (max - min) * 0.07;

  return times.map((time) => (time < min + edge || time > max - edge ? '' : clock(time).replace(/:00$/, '')));
}

function point(chart: uPlot): void {
  const { left = -1 } = chart.cursor;
  pointedAt.set(left < 0 ? undefined : Math.round(chart.posToVal(left, 'x')));
}
