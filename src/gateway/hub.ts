import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Delivery, Presence, Relay, type Subscriber } from '../relay/relay.js';
import type { Connection } from './connection.js';
import { encodeTextFrame } from './frame.js';

/** This instance's registry of connections, and the way from the relay to them. */
@Injectable()
export class Hub implements OnModuleInit, Subscriber {
  private readonly connections = new Map<string, Connection>();

  constructor(
    private readonly relay: Relay,
    private readonly presence: Presence,
  ) {}

  onModuleInit(): void {
    this.relay.subscribe(this);
  }

  get size(): number {
    return this.connections.size;
  }

  /** From now on the connection gets every broadcast. */
  add(connection: Connection): void {
    this.connections.set(connection.id, connection);
    this.presence.report(this.size);
  }

  remove(connectionId: string): void {
    this.connections.delete(connectionId);
    this.presence.report(this.size);
  }

  all(): Iterable<Connection> {
    return this.connections.values();
  }

  /** Builds the frame once; every connection gets the same bytes. */
  onBroadcast({ json }: Delivery): void {
    if (this.size === 0) return;

    const frame = encodeTextFrame(json);
    for (const connection of this.connections.values()) connection.write(frame);
  }

  onSend(connectionId: string, json: string): boolean {
    const connection = this.connections.get(connectionId);
    connection?.write(encodeTextFrame(json));

    return connection !== undefined;
  }
}
