import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useTheme } from '../app/theme.js';
import { chartOptions } from './chart-options.js';
import type { Reading } from './readings.js';
import { columnsOf } from './series.js';
import { tick, windowMinutes } from './telemetry-store.js';
import { unitOf } from './units.js';

/** Where a line may come from that enters the chart from the left, in ms. */
const LEAD_MS = 10_000;
/** A longer window moves more slowly: so many steps from one end to the other are enough. */
const STEPS = 400;

/** The lines of one reading. Drawn outside of React: at most with each tick, and only where it can be seen. */
export function Chart({ reading: { key, series } }: { reading: Reading }) {
  const element = useRef<HTMLDivElement>(null);
  const theme = useTheme();

  useEffect(() => {
    const parent = element.current;
    if (!parent) return;

    let columns = columnsOf([], 0, 0);
    let drawnAt = -Infinity;
    let isSeen = true;
    const options = chartOptions(unitOf(key), series.length, getComputedStyle(parent), () => columns.alone);
    const chart = new uPlot(options, [[], ...series.map(() => [])], parent);

    const draw = (): void => {
      const [now, windowMs] = [tick.get(), windowMinutes.get() * 60_000];
      if (!isSeen || Math.abs(now - drawnAt) < windowMs / STEPS) return;
      drawnAt = now;
      columns = columnsOf(series, now - windowMs - LEAD_MS, now);
      chart.batch(() => {
        chart.setData([columns.times, ...columns.values] as uPlot.AlignedData, false);
        chart.setScale('x', { min: now - windowMs, max: now });
      });
    };
    const drawAnew = (): void => {
      drawnAt = -Infinity;
      draw();
    };

    const sizes = new ResizeObserver(() => {
      chart.setSize({ width: parent.clientWidth, height: parent.clientHeight });
      drawAnew();
    });
    sizes.observe(parent);
    const sight = new IntersectionObserver((entries) => {
      isSeen = entries.at(-1)?.isIntersecting ?? true;
      draw();
    });
    sight.observe(parent);
    const stops = [tick.subscribe(draw), windowMinutes.subscribe(drawAnew)];

    return () => {
      stops.forEach((stop) => stop());
      sight.disconnect();
      sizes.disconnect();
      chart.destroy();
    };
  }, [key, series, theme]);

  return <div ref={element} className="chart" />;
}
