// The process that attacks: apart, so that what it costs is not what the measuring clients wait for.
import { setTimeout as delay } from 'node:timers/promises';
import { serve } from '../rpc.js';
import { Attackers } from './attackers.js';
import { ATTACKS } from './attacks.js';

const handlers = {
  async attack({
    name,
    port,
    seconds,
  }: {
    name: string;
    port: number;
    seconds: number;
  }): Promise<{ opened: number; closed: number }> {
    const attackers = new Attackers(port);
    ATTACKS.find((attack) => attack.name === name)?.run(attackers);
    await delay(seconds * 1_000);
    const { opened, closed } = attackers;
    attackers.stop();

    return { opened, closed };
  },
};

export type AttackHandlers = typeof handlers;

serve(handlers);
