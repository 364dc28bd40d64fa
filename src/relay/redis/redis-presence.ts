import { Presence } from '../relay.js';

/** Counts of connections, as the instances tell each other with each probe. */
export class RedisPresence extends Presence {
  local = 0;
  elsewhere: ReadonlyMap<string, number> = new Map();

  override report(connections: number): void {
    this.local = connections;
  }

  override total(): number {
    return [...this.elsewhere.values()].reduce((sum, connections) => sum + connections, this.local);
  }

  override others(): ReadonlyMap<string, number> {
    return this.elsewhere;
  }
}
