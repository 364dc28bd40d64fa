import type { RelayState } from './hub-status.js';

/** How each state of the relay is told to people. */
export const RELAY: Record<RelayState, { label: string; tone: 'good' | 'bad'; means: string }> = {
  memory: { label: 'memory', tone: 'good', means: 'one instance, without Redis' },
  shared: { label: 'shared', tone: 'good', means: 'in step with all instances' },
  'local-only': { label: 'local only', tone: 'bad', means: 'Redis is away: other instances hear it later' },
  'catching-up': { label: 'catching up', tone: 'bad', means: 'Redis is back, reading what was missed' },
};
