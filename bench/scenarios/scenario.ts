import type { ServerKind } from '../servers.js';

/** One number of one run, by the name of its column; `undefined` where there is none. */
export type Row = Record<string, number | string | boolean | undefined>;

export interface Context {
  /** Everything small and short: shows that the benchmark works, and measures nothing. */
  isQuick: boolean;
  servers: readonly ServerKind[];
  log(text: string): void;
}

/** How a column is shown: its title with the unit, and the digits behind the point. */
export interface Column {
  key: string;
  title: string;
  digits?: number;
}

export interface Scenario {
  name: string;
  title: string;
  /** What is done, in a sentence. */
  what: string;
  columns: readonly Column[];
  /** Names of the servers that it is run on. */
  servers: readonly string[];
  /** One round on one server: a row for each case, by its name. */
  run(kind: ServerKind, context: Context): Promise<Record<string, Row>>;
}
