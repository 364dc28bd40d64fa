import { describe, expect, it } from '@jest/globals';
import type * as protocol from '../../src/protocol/messages.js';
import {
  type CustomMessage,
  createHubClient,
  type EventMessage,
  type HubClient,
  type HubMessage,
  type OverlayMessage,
  type TelemetryMessage,
} from '../src/index.js';
import { hubHooks } from '../src/react.js';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only where the two are the same type. */
function isSame<A, B>(same: Same<A, B>): boolean {
  return same;
}

/** Takes a value of exactly this type. */
function gets<T>() {
  return <U>(value: Same<T, U> extends true ? U : never): U => value;
}

describe('the types of the client', () => {
  it('are those of the server', () => {
    expect(isSame<HubMessage, protocol.HubMessage>(true)).toBe(true);
    expect(isSame<EventMessage, protocol.EventMessage>(true)).toBe(true);
  });

  it('tell each handler what it gets, and refuse one for something else', () => {
    const client = createHubClient({ url: 'ws://dog', connect: false });

    client.on('overlay', (message) => gets<OverlayMessage>()(message));
    client.on('telemetry', (message) => gets<TelemetryMessage>()(message));
    client.on('sit', ({ event_type }) => gets<'sit'>()(event_type));
    client.on('of_my_own', (message) => gets<EventMessage | CustomMessage>()(message));
    client.on('message', (message) => {
      if (message.type === 'overlay') void message.overlay_type.length;
      if (message.type === 'event') void message.event_type.length;
      // @ts-expect-error telemetry has no such field
      if (message.type === 'telemetry') void message.event_type;
    });
    client.on('state', (state) => {
      if (state.name === 'waiting') isSame<typeof state.retryAt, number>(true);
      // @ts-expect-error an open client does not wait
      if (state.name === 'open') void state.retryAt;
    });
    // @ts-expect-error an overlay is no event
    client.on('overlay', (message: EventMessage) => void message);

    expect(client.state).toEqual({ name: 'idle' });
  });

  it('tell of events of your own what you have told them', () => {
    interface Own {
      treat: { grams: number };
      sit: { cushion: boolean };
    }
    const client = createHubClient<Own>({ url: 'ws://dog', connect: false });

    client.on('treat', ({ data, type }, { isPast }) => {
      gets<number>()(data.grams);
      gets<boolean>()(isPast);
      void type.length;
      // @ts-expect-error a treat has no such field
      void data.gramms;
    });
    client.on('sit', ({ data }) => gets<boolean>()(data.cushion));
    client.on('lie', ({ event_type }) => gets<'lie'>()(event_type));
    client.on('overlay', (message) => gets<OverlayMessage>()(message));
    client.on('another', (message) => gets<EventMessage | CustomMessage>()(message));
    // @ts-expect-error a treat is measured in numbers
    client.on('treat', ({ data }: { data: { grams: string } }) => void data);
    // @ts-expect-error it has no such option
    createHubClient<Own>({ url: 'ws://dog', connect: false, address: '' });
    const plain: HubClient = client;

    expect(plain.state).toEqual({ name: 'idle' });
  });

  it('tell the same in the hooks', () => {
    interface Own {
      treat: { grams: number };
    }
    const { useHubEvent, useHub, useLatest } = hubHooks<Own>();
    const use = (): void => {
      useHubEvent('treat', ({ data }, { isPast }) => {
        gets<number>()(data.grams);
        gets<boolean>()(isPast);
      });
      useHubEvent('state', ({ name }) => name.length);
      useHub().client.on('treat', ({ data }) => gets<number>()(data.grams));
      const treat = useLatest('treat');
      gets<number | undefined>()(treat?.data.grams);
      const telemetry = useLatest('telemetry', { hz: 1 });
      gets<TelemetryMessage | undefined>()(telemetry);
      // @ts-expect-error a treat has no such field
      useHubEvent('treat', ({ data }) => void data.gramms);
    };

    expect(typeof use).toBe('function');
  });
});
