import type { JsonObject } from '../../protocol/messages.js';
import { IsData, IsOptional, IsSource } from './rules.js';

/** Body of `POST /api/events/broadcast/telemetry`. */
export class TelemetryDto {
  @IsData({ description: 'Readings such as `fps`, `latency_ms`, `temperature`, `battery`; passed on unchanged.' })
  data!: JsonObject;

  @IsOptional()
  @IsSource({ description: 'The camera or sensor it is from.' })
  source?: string;
}
