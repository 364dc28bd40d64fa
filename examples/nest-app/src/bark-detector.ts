import { Injectable } from '@nestjs/common';
import { EventsService } from 'dogmonitor-hub';

@Injectable()
export class BarkDetector {
  constructor(private readonly events: EventsService) {}

  async bark(loudness: number): Promise<void> {
    await this.events.broadcastAction('bark', { confidence: 0.8, metadata: { loudness } });
  }
}
