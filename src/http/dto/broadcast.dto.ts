import type { JsonObject } from '../../protocol/messages.js';
import { IsData, IsOptional, IsSource, IsTypeName } from './rules.js';

/** Body of `POST /api/events/broadcast`. */
export class BroadcastDto {
  @IsTypeName({ description: 'Known or your own, such as `test_event`.' })
  event_type!: string;

  @IsData({ description: 'Passed on unchanged.' })
  data!: JsonObject;

  @IsOptional()
  @IsSource({ description: 'The camera or sensor it is from.' })
  source?: string;
}
