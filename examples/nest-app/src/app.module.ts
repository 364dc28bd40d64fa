import { type CanActivate, Controller, type ExecutionContext, Get, Injectable, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { HubModule } from 'dogmonitor-hub';
import { BarkDetector } from './bark-detector.js';

@Controller()
class HomeController {
  @Get()
  home(): string {
    return 'the kennel';
  }
}

/** Only those who know the word may publish; whoever asks with GET may. */
@Injectable()
class PublishGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const { method, headers } = context
      .switchToHttp()
      .getRequest<{ method: string; headers: Record<string, string | undefined> }>();

    return method === 'GET' || headers['x-word'] === 'fetch';
  }
}

/** A gateway of the application's own: the frames of Nest, on a path of its own. */
@WebSocketGateway({ path: '/ws/doors' })
class DoorGateway {
  @SubscribeMessage('open')
  open(): { event: string; data: string } {
    return { event: 'opened', data: 'kennel' };
  }
}

@Module({
  imports: [HubModule.forRoot({ historySize: 1_000, isGlobal: true, faces: { health: true, metrics: true } })],
  controllers: [HomeController],
  providers: [BarkDetector, DoorGateway, { provide: APP_GUARD, useClass: PublishGuard }],
})
export class AppModule {}
