import { type DynamicModule, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { HubConfigModule } from './config/hub-config.module.js';
import { EventsModule } from './events/events.module.js';
import type { JsonObject } from './protocol/messages.js';
import { RelayModule } from './relay/relay.module.js';
import { Relay } from './relay/relay.js';

/** A message as a client would have got it. */
export interface RecordedMessage {
  type: string;
  event_type?: string;
  overlay_type?: string;
  source?: string;
  id?: string;
  offset?: string;
  data: JsonObject;
}

/** Keeps what the code under test has broadcast, in order. */
@Injectable()
export class Broadcasts implements OnModuleInit {
  readonly messages: RecordedMessage[] = [];
  /** Personal messages, with the connection that each was for. */
  readonly personal: { connectionId: string; message: RecordedMessage }[] = [];

  constructor(private readonly relay: Relay) {}

  onModuleInit(): void {
    this.relay.subscribe({
      onBroadcast: ({ json }) => void this.messages.push(JSON.parse(json) as RecordedMessage),
      onSend: (connectionId, json) =>
        this.personal.push({ connectionId, message: JSON.parse(json) as RecordedMessage }) > 0,
    });
  }
}

const OPTIONS = Symbol('options of a hub under test');

/**
 * The real `EventsService` over a log in memory, without a socket or a route: for unit tests of modules that inject it.
 * What they broadcast is in `Broadcasts`.
 */
@Module({})
export class HubTestingModule {
  static create(): DynamicModule {
    return {
      module: HubTestingModule,
      global: true,
      imports: [
        HubConfigModule.of(OPTIONS, { providers: [{ provide: OPTIONS, useValue: {} }] }),
        EventsModule,
        RelayModule,
      ],
      providers: [Broadcasts],
      exports: [Broadcasts, EventsModule],
    };
  }
}
