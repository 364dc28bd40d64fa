// A usual Nest gateway: Express, the ws adapter, ValidationPipe, and a broadcast that serialises for each client.
import 'reflect-metadata';
import { Body, Controller, HttpCode, Module, Post, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { IsObject, IsString, MaxLength } from 'class-validator';
import { type Server, WebSocket } from 'ws';

class EventDto {
  @IsString()
  @MaxLength(64)
  event_type!: string;

  @IsObject()
  data!: Record<string, unknown>;
}

class OverlayDto {
  @IsString()
  @MaxLength(64)
  overlay_type!: string;

  @IsObject()
  data!: Record<string, unknown>;
}

@WebSocketGateway({ path: '/ws/ui' })
class EventsGateway {
  @WebSocketServer()
  server!: Server;

  @SubscribeMessage('ping')
  ping() {
    return { event: 'pong' };
  }

  broadcast(message: object) {
    this.server.clients.forEach((client) => {
      if (client.readyState === WebSocket.OPEN) client.send(JSON.stringify(message));
    });
  }
}

@Controller('api/events/broadcast')
class EventsController {
  constructor(private readonly gateway: EventsGateway) {}

  @Post()
  @HttpCode(202)
  event(@Body() { event_type, data }: EventDto) {
    this.gateway.broadcast({ type: 'event', event_type, data });
    return { ok: true };
  }

  @Post('overlay')
  @HttpCode(202)
  overlay(@Body() { overlay_type, data }: OverlayDto) {
    this.gateway.broadcast({ type: 'overlay', overlay_type, data });
    return { ok: true };
  }
}

@Module({ controllers: [EventsController], providers: [EventsGateway] })
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
app.useWebSocketAdapter(new WsAdapter(app));
app.useGlobalPipes(new ValidationPipe({ whitelist: true, transform: true }));
await app.listen(Number(process.env['PORT']), '127.0.0.1');
