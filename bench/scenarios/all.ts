import { curve } from './curve.js';
import { fanout } from './fanout.js';
import { freshness } from './freshness.js';
import { idle } from './idle.js';
import { ingest } from './ingest.js';
import type { Scenario } from './scenario.js';
import { slow } from './slow.js';

export const SCENARIOS: readonly Scenario[] = [fanout, curve, idle, ingest, freshness, slow];
