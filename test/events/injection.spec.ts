import { Injectable, Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventsModule } from '../../src/events/events.module.js';
import { EventsService } from '../../src/events/events.service.js';
import { TestClient } from '../support/client.js';
import { post } from '../support/http.js';
import { startHub, type TestHub } from '../support/hub.js';

/** What a NestJS developer writes. */
@Injectable()
class BarkDetector {
  constructor(readonly events: EventsService) {}

  async bark(loudness: number): Promise<string | undefined> {
    return (await this.events.broadcastAction('bark', { confidence: 0.8, metadata: { loudness } })).id;
  }
}

@Module({ imports: [EventsModule], providers: [BarkDetector] })
class DetectorModule {}

describe('a Nest module that imports EventsModule', () => {
  let hub: TestHub;
  let detector: BarkDetector;

  beforeAll(async () => {
    hub = await startHub({}, [DetectorModule]);
    detector = hub.app.get(BarkDetector);
  });
  afterAll(() => hub.close());

  it('broadcasts through the EventsService it injects', async () => {
    const client = await TestClient.open(hub.wsUrl);

    const id = await detector.bark(90);

    expect(await client.settled()).toMatchObject([{ id, event_type: 'bark', data: { metadata: { loudness: 90 } } }]);
  });

  it('reaches one connection only by a personal message', async () => {
    const [a, b] = await Promise.all([TestClient.open(hub.wsUrl), TestClient.open(hub.wsUrl)]);

    await detector.events.sendPersonalMessage(b.id, { type: 'custom', data: { secret: 1 } });

    expect(await a.settled()).toEqual([]);
    expect(await b.settled()).toEqual([{ type: 'custom', data: { secret: 1 } }]);
  });

  it('gets a HubError with the fields for what breaks a rule, and nobody gets the message', async () => {
    const client = await TestClient.open(hub.wsUrl);
    const { events } = detector;

    await expect(events.broadcastAction('bark', { confidence: 2 })).rejects.toMatchObject({
      name: 'HubError',
      code: 'INVALID_MESSAGE',
      message: 'confidence must be a number from 0 to 1',
      violations: [{ field: 'confidence', rule: 'confidence' }],
    });
    await expect(events.broadcastEvent('', {})).rejects.toMatchObject({ violations: [{ field: 'event_type' }] });
    await expect(events.broadcastTelemetry({ fps: NaN })).rejects.toMatchObject({
      violations: [{ field: 'data.fps' }],
    });
    await expect(events.broadcastOverlayUpdate('detection', {})).rejects.toMatchObject({ code: 'INVALID_MESSAGE' });
    await expect(events.broadcast({ type: 'connection', data: {} })).rejects.toMatchObject({ code: 'INVALID_MESSAGE' });
    await expect(
      events.broadcastDogDetection({ box: { x: 0, y: 0, w: -1, h: 0 }, confidence: 1 }),
    ).rejects.toMatchObject({ violations: [{ field: 'box.w' }] });
    await expect(events.sendPersonalMessage(client.id, { type: 'pong', data: {} })).rejects.toThrow(/type must not be/);
    await expect(events.broadcastEvent('big', { s: 'x'.repeat(300_000) })).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
    });

    expect(await client.settled()).toEqual([]);
  });
});

describe('the door of a hub that stops', () => {
  it('lets nothing more in, by a route, by injection or to one connection', async () => {
    const hub = await startHub({}, [DetectorModule]);
    try {
      const client = await TestClient.open(hub.wsUrl);
      const { events } = hub.app.get(BarkDetector);
      await events.close();

      const refused = { code: 'SHUTTING_DOWN' };
      const event = { event_type: 'sit', data: {} };
      expect(await post(`${hub.url}/api/events/broadcast`, event)).toMatchObject({ status: 503, body: refused });
      await expect(events.broadcastEvent('sit', {})).rejects.toMatchObject(refused);
      await expect(events.sendPersonalMessage(client.id, { type: 'custom', data: {} })).rejects.toMatchObject(refused);
      expect(await client.settled()).toEqual([]);
    } finally {
      await hub.close();
    }
  });
});
