// Turns rows of all rounds into a Markdown table: median, and the range where there is more than one round.
import type { Machine } from './machine.js';
import type { Column, Row, Scenario } from './scenarios/scenario.js';

/** The rows of one case of one server, one for each round. */
export interface Case {
  server: string;
  title: string;
  name: string;
  rows: Row[];
}

export interface ScenarioResult {
  scenario: string;
  cases: Case[];
  /** The largest share of the server's core that others had while it was watched. */
  noise: number;
}

export interface Results {
  machine: Machine;
  rounds: number;
  /** Servers that were not measured, and why. */
  leftOut: Record<string, string>;
  scenarios: ScenarioResult[];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = NaN, high = NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];

  return (low + high) / 2;
}

/** From here on the report says so. */
const LOUD = 0.1;

/** The heading, the sentence and the table of one scenario. */
export function renderScenario({ title, what, columns }: Scenario, { cases, noise }: ScenarioResult): string {
  const hasNames = cases.some(({ name }) => name !== '');
  const head = ['server', ...(hasNames ? ['case'] : []), ...columns.map((column) => column.title)];
  const lines = cases.map((each) => [
    each.title,
    ...(hasNames ? [each.name] : []),
    ...columns.map((column) => renderCell(each.rows, column)),
  ]);

  const warning = noise > LOUD ? ` Others had up to ${Math.round(noise * 100)} % of the server's core meanwhile.` : '';

  return `### ${title}\n\n${what}${warning}\n\n${[head, head.map(() => '---'), ...lines].map(renderLine).join('\n')}\n`;
}

export function renderMachine({ cpu, cores, memoryGiB, system, node, commit, date, isPinned }: Machine): string {
  const pinning = isPinned ? 'the server on a core of its own' : 'server and load not held to cores of their own';

  return `${cpu}, ${cores} cores, ${memoryGiB} GiB; ${system}, Node ${node}; commit ${commit}, ${date} UTC; ${pinning}.`;
}

function renderLine(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function renderCell(rows: readonly Row[], { key, digits = 1 }: Column): string {
  const values = rows.map((row) => row[key]).filter((value) => value !== undefined);
  if (values.length === 0) return '';
  if (values.every((value) => typeof value === 'boolean')) return values.every(Boolean) ? 'yes' : 'no';

  const numbers = values.filter((value) => typeof value === 'number').filter(Number.isFinite);
  if (numbers.length === 0) return String(values[0]);
  const [low, middle, high] = [Math.min(...numbers), median(numbers), Math.max(...numbers)].map((value) =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  );

  return low === high ? `${middle}` : `${middle} (${low}–${high})`;
}
