import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  type ArgumentsHost,
  BadGatewayException,
  type CanActivate,
  Catch,
  ConflictException,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  HttpException,
  Injectable,
  type LoggerService,
  Module,
  UnauthorizedException,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import { type OnGatewayDisconnect, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { FastifyReply } from 'fastify';
import { of } from 'rxjs';
import { WebSocket } from 'ws';
import { EventsModule } from '../../src/events/events.module.js';
import { EventsService } from '../../src/events/events.service.js';
import { HubModule } from '../../src/hub.module.js';
import { TestClient } from '../support/client.js';
import { get, post } from '../support/http.js';

/** What a host has of its own. */
class Teapot extends HttpException {
  constructor() {
    super('short and stout', 418);
  }
}

@Catch(Teapot)
class TeapotFilter implements ExceptionFilter {
  catch(_error: Teapot, host: ArgumentsHost): void {
    void host.switchToHttp().getResponse<FastifyReply>().status(418).send({ teapot: true });
  }
}

@Controller()
class HostController {
  @Get('/')
  home(): string {
    return 'host';
  }

  @Get('conflict')
  conflict(): never {
    throw new ConflictException({ mine: 'conflict' });
  }

  @Get('gateway-down')
  down(): never {
    throw new BadGatewayException('upstream');
  }

  @Get('teapot')
  teapot(): never {
    throw new Teapot();
  }
}

@WebSocketGateway({ path: '/ws/host' })
class HostGateway implements OnGatewayDisconnect {
  disconnected = 0;

  @SubscribeMessage('echo')
  echo(): unknown {
    return of({ event: 'echo', data: 1 });
  }

  handleDisconnect(): void {
    this.disconnected++;
  }
}

@Injectable()
class BarkDetector {
  constructor(readonly events: EventsService) {}
}

@Module({ imports: [EventsModule], providers: [BarkDetector] })
class DetectorModule {}

const QUIET: LoggerService = { log: () => 0, warn: () => 0, error: () => 0 };

interface Host {
  app: NestFastifyApplication;
  url: string;
  wsUrl: string;
}

describe('HubModule in a host application', () => {
  let app: NestFastifyApplication | undefined;

  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  async function create(metadata: Parameters<typeof Module>[0]): Promise<NestFastifyApplication> {
    @Module(metadata)
    class HostModule {}

    return (app = await NestFactory.create<NestFastifyApplication>(HostModule, new FastifyAdapter(), {
      abortOnError: false,
      logger: QUIET,
    }));
  }

  async function listen(created: NestFastifyApplication): Promise<Host> {
    await created.listen(0, '127.0.0.1');
    const { port } = created.getHttpServer().address() as AddressInfo;

    return { app: created, url: `http://127.0.0.1:${port}`, wsUrl: `ws://127.0.0.1:${port}/ws/ui` };
  }

  const start = async (metadata: Parameters<typeof Module>[0]): Promise<Host> => listen(await create(metadata));

  it('serves its socket and its routes by one import, beside the controllers of the host', async () => {
    const { url, wsUrl } = await start({ imports: [HubModule.forRoot({})], controllers: [HostController] });
    const client = await TestClient.open(wsUrl);

    expect(await post(`${url}/api/events/broadcast`, { event_type: 'sit', data: {} })).toMatchObject({ status: 202 });
    expect(await client.settled()).toMatchObject([{ event_type: 'sit' }]);
    expect(await (await fetch(`${url}/`)).text()).toBe('host');
  });

  it('takes typed options, and refuses wrong ones by their names', async () => {
    const { app } = await start({ imports: [HubModule.forRoot({ historySize: 2, instanceId: 'kennel' })] });
    const events = app.get(EventsService);
    for (const n of [1, 2, 3]) await events.broadcastEvent('bark', { n });
    const { body } = await get(`http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}/api/events`);

    expect((body as { events: unknown[] }).events).toHaveLength(2);
  });

  it('bounds the sockets of the host, unless the host has done that', async () => {
    const created = await create({ imports: [HubModule.forRoot({ maxConnections: 2 })] });
    created.getHttpServer().maxConnections = 7;
    await listen(created);
    expect(created.getHttpServer().maxConnections).toBe(7);
    await created.close();
    const { app } = await start({ imports: [HubModule.forRoot({ maxConnections: 2 })] });
    expect(app.getHttpServer().maxConnections).toBeGreaterThan(2);
  });

  it('fails at boot for an option that breaks its rule, or is none, and names it', async () => {
    await expect(create({ imports: [HubModule.forRoot({ historySize: 0 })] })).rejects.toThrow(/historySize must be/);
    // @ts-expect-error an option that is none
    await expect(create({ imports: [HubModule.forRoot({ historySiz: 5 })] })).rejects.toThrow(/historySiz is not/);
  });

  it('takes options from a factory, with the path of the socket beside it', async () => {
    class Settings {
      readonly size = 1;
    }
    @Module({ providers: [Settings], exports: [Settings] })
    class SettingsModule {}

    const { url } = await start({
      imports: [
        HubModule.forRootAsync({
          imports: [SettingsModule],
          inject: [Settings],
          useFactory: ({ size }: Settings) => ({ historySize: size }),
          path: '/live',
        }),
      ],
    });
    const client = await TestClient.open(`${url.replace('http', 'ws')}/live`);

    expect(client.id).toMatch(/\w/);
  });

  it('gives EventsService to a module that imports EventsModule, and to all where the hub is global', async () => {
    const { app, wsUrl } = await start({ imports: [HubModule.forRoot({}), DetectorModule] });
    const client = await TestClient.open(wsUrl);

    await app.get(BarkDetector).events.broadcastAction('bark', { confidence: 1 });

    expect(await client.settled()).toMatchObject([{ event_type: 'bark' }]);
  });

  it('leaves the errors of the host to the host', async () => {
    const { url } = await start({
      imports: [HubModule.forRoot({})],
      controllers: [HostController],
      providers: [{ provide: APP_FILTER, useClass: TeapotFilter }],
    });

    expect(await get(`${url}/conflict`)).toEqual({ status: 409, body: { mine: 'conflict' } });
    expect(await get(`${url}/gateway-down`)).toMatchObject({ status: 502, body: { message: 'upstream' } });
    expect(await get(`${url}/teapot`)).toEqual({ status: 418, body: { teapot: true } });
    expect(await get(`${url}/nowhere`)).toMatchObject({ status: 404, body: { error: 'Not Found' } });
  });

  it.each([
    [401, new UnauthorizedException()],
    [403, undefined],
    [429, new HttpException('slow down', 429)],
  ])('keeps the status %d of a guard of the host on its own routes', async (status, error) => {
    class Guard implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        if (context.getType() !== 'http') return true;
        if (error) throw error;
        return false;
      }
    }
    const { url } = await start({
      imports: [HubModule.forRoot({})],
      providers: [{ provide: APP_GUARD, useClass: Guard }],
    });

    const answer = await post(`${url}/api/events/broadcast`, { event_type: 'sit', data: {} });
    expect(answer).toMatchObject({ status, body: { statusCode: status, message: expect.any(String) } });
  });

  it('works under a global prefix, with the socket at its own path', async () => {
    const created = await create({ imports: [HubModule.forRoot({})] });
    created.setGlobalPrefix('dog');
    const { url, wsUrl } = await listen(created);

    expect(await post(`${url}/dog/api/events/broadcast`, { event_type: 'sit', data: {} })).toMatchObject({
      status: 202,
    });
    expect((await TestClient.open(wsUrl)).id).toMatch(/\w/);
  });

  it('leaves a second gateway to the stock behaviour of Nest, and the end is not held up by its clients', async () => {
    const { app: host, url } = await start({ imports: [HubModule.forRoot({})], providers: [HostGateway] });
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/host`);
    await once(socket, 'open');

    socket.send('{"event":"echo"}');
    const [answer] = (await once(socket, 'message')) as [Buffer];
    expect(JSON.parse(answer.toString())).toEqual({ event: 'echo', data: 1 });

    const other = new WebSocket(`${url.replace('http', 'ws')}/ws/host`);
    await once(other, 'open');
    other.close();
    await once(other, 'close');

    const closed = once(socket, 'close');
    await host.close();
    app = undefined;
    await closed;
    expect(host.get(HostGateway).disconnected).toBe(2);
  });

  it('serves no face that is switched off', async () => {
    const { url } = await start({
      imports: [HubModule.forRoot({ faces: { http: false, health: true, metrics: true } })],
    });

    expect((await post(`${url}/api/events/broadcast`, {})).status).toBe(404);
    expect((await get(`${url}/health/live`)).status).toBe(200);
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
    expect((await get(`${url}/api/docs`)).status).toBe(404);
  });

  it('fails at boot, and says the way out, where the host puts another WebSocket adapter in its place', async () => {
    const created = await create({ imports: [HubModule.forRoot({})] });
    created.useWebSocketAdapter(new WsAdapter(created));

    await expect(created.init()).rejects.toThrow(/HubWsAdapter/);
  });

  it('needs no HTTP, so that a test may take its module alone', async () => {
    const { Test } = await import('@nestjs/testing');
    const module = await Test.createTestingModule({
      imports: [HubModule.forRoot({ faces: { http: false } })],
    }).compile();
    await module.init();

    expect(await module.get(EventsService, { strict: false }).broadcastEvent('sit', {})).toMatchObject({
      type: 'event',
    });
    await module.close();
  });

  it('closes its clients with 1001 when the host closes', async () => {
    const { app: host, wsUrl } = await start({ imports: [HubModule.forRoot({})] });
    const client = new WebSocket(wsUrl);
    await once(client, 'open');
    const closed = once(client, 'close');

    await host.close();
    app = undefined;

    expect((await closed)[0]).toBe(1001);
  });
});
