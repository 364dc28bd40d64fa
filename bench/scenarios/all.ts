import { fanout } from './fanout.js';
import { idle } from './idle.js';
import { ingest } from './ingest.js';
import type { Scenario } from './scenario.js';

export const SCENARIOS: readonly Scenario[] = [fanout, idle, ingest];
