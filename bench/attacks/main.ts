// npm run attacks [-- --only pings,acks --seconds 10 --hub FOLDER]: 100 good clients and 100 events/s beside each attack.
import { parseArgs } from 'node:util';
import { describeMachine, leaveServersCore } from '../machine.js';
import { renderMachine } from '../report.js';
import { useHub } from '../servers.js';
import { ATTACKS } from './attacks.js';
import { type Bounds, judge, renderTable, type Row } from './judge.js';
import { withstand } from './withstand.js';

const BOUNDS: Bounds = { lost: 0, slower: 3, grownMiB: 64 };

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string', default: '10' },
    hub: { type: 'string' },
  },
});
const names = options.only?.split(',') ?? ATTACKS.map(({ name }) => name);
const attacks = ATTACKS.filter(({ name }) => names.includes(name));
if (attacks.length !== names.length) {
  console.error(`attacks are ${ATTACKS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

leaveServersCore();
if (options.hub !== undefined) useHub(options.hub);
const rows: Row[] = [];
for (const attack of attacks) {
  console.error(`${attack.name}: ${attack.what}`);
  const row = { name: attack.name, ...(await withstand(attack.name, Number(options.seconds))) };
  rows.push(row);
  console.error(`  ${judge(row, BOUNDS).join('; ') || 'holds'}`);
}

const missed = rows.filter((row) => judge(row, BOUNDS).length > 0);
console.log(`${renderMachine(describeMachine())}\n\n${renderTable(rows, BOUNDS)}`);
console.log(missed.length === 0 ? 'all hold' : `missed at: ${missed.map(({ name }) => name).join(', ')}`);
process.exit(missed.length === 0 ? 0 : 1);
