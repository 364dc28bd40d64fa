// A chart as SVG, by hand: ages over time, on a scale on which 0.1 s and 20 s can both be read, legible on light and dark.
import type { Age } from './load/reader.js';

export interface Line {
  name: string;
  points: readonly Age[];
}

const WIDTH = 900;
const HEIGHT = 380;
const PLOT = { left: 70, top: 54, width: 480, height: 270 };
const TICKS_MS = [100, 300, 1_000, 3_000, 10_000, 30_000];
const [LEAST_MS, MOST_MS] = [50, 30_000];
const SECONDS = 20;

/** Told apart by the hub's blue and the others' orange, and within them by the dashes. */
const STYLES = ['a', 'a d1', 'a d2', 'b', 'b d1', 'b d2'];

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; font-size: 15px; }
  .grid { stroke: #8c959f; stroke-opacity: .35; }
  .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
  .a { stroke: #0969da; } .b { stroke: #bc4c00; }
  .d1 { stroke-dasharray: 7 4; } .d2 { stroke-dasharray: 2 4; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .a { stroke: #58a6ff; } .b { stroke: #f0883e; }
  }`;

/** Lines of this hub first. */
export function renderChart(title: string, lines: readonly Line[], isOurs: (line: Line) => boolean): string {
  const ours = lines.filter(isOurs);
  const styled = [
    ...ours.map((line, n) => ({ line, style: STYLES[n] ?? 'a' })),
    ...lines.filter((line) => !isOurs(line)).map((line, n) => ({ line, style: STYLES[3 + n] ?? 'b' })),
  ];

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(title)}">
<style>${STYLE}
</style>
<text class="title" x="${PLOT.left}" y="28">${escape(title)}</text>
${renderGrid()}
${styled.map(({ line, style }) => `<path class="line ${style}" d="${pathOf(line.points)}"/>`).join('\n')}
${styled.map(({ line, style }, n) => renderLegend(line, style, n)).join('\n')}
</svg>
`;
}

function renderGrid(): string {
  const { left, top, width, height } = PLOT;
  const rows = TICKS_MS.map((ms) => {
    const y = yOf(ms);
    return (
      `<line class="grid" x1="${left}" y1="${y}" x2="${left + width}" y2="${y}"/>` +
      `<text x="${left - 8}" y="${y + 4}" text-anchor="end">${ms / 1000} s</text>`
    );
  });
  const columns = [0, 5, 10, 15, SECONDS].map(
    (second) => `<text x="${xOf(second * 1000)}" y="${top + height + 22}" text-anchor="middle">${second} s</text>`,
  );

  return [...rows, ...columns].join('\n');
}

function renderLegend({ name, points }: Line, style: string, n: number): string {
  const x = PLOT.left + PLOT.width + 20;
  const y = PLOT.top + 12 + n * 46;
  const [server = '', rest = ''] = name.split(': ');
  const last = points.findLast(([at]) => at <= SECONDS * 1000)?.[1] ?? 0;

  return (
    `<line class="line ${style}" x1="${x}" y1="${y - 4}" x2="${x + 32}" y2="${y - 4}"/>` +
    `<text x="${x + 40}" y="${y}">${escape(server)}: ${(last / 1000).toFixed(1)} s at the end</text>` +
    `<text x="${x + 40}" y="${y + 17}">${escape(rest)}</text>`
  );
}

/** The worst of each tenth of a second: more points than that nobody sees. */
function pathOf(points: readonly Age[]): string {
  const worst = new Map<number, number>();
  for (const [at, age] of points) {
    const slot = Math.round(at / 100) * 100;
    worst.set(slot, Math.max(worst.get(slot) ?? 0, age));
  }
  const steps = [...worst].filter(([at]) => at <= SECONDS * 1000).map(([at, age]) => `${xOf(at)} ${yOf(age)}`);

  return steps.length > 0 ? `M${steps.join('L')}` : '';
}

function xOf(ms: number): number {
  return round(PLOT.left + (ms / 1000 / SECONDS) * PLOT.width);
}

function yOf(ms: number): number {
  const share = Math.log(Math.max(LEAST_MS, ms) / LEAST_MS) / Math.log(MOST_MS / LEAST_MS);

  return round(PLOT.top + PLOT.height * (1 - share));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
