import { MAX_DATA_DEPTH } from '../../protocol/limits.js';
import type { JsonObject } from '../../protocol/messages.js';
import { IsConfidence, IsData, IsOptional, IsSource, IsTimestamp, IsTypeName } from './rules.js';

/** Body of `POST /api/events/broadcast/action`. */
export class ActionDto {
  @IsTypeName({ description: 'Becomes the `event_type`, such as `sit`.' })
  action!: string;

  @IsConfidence()
  confidence!: number;

  // In `data` it is one level down.
  @IsOptional()
  @IsData({ description: '`{}` where absent.', 'x-max-depth': MAX_DATA_DEPTH - 1 })
  metadata?: JsonObject;

  @IsOptional()
  @IsTimestamp({ description: 'ISO 8601 with a zone; the time of arrival, in UTC, where absent.' })
  timestamp?: string;

  @IsOptional()
  @IsSource({ description: 'The camera or sensor it is from.' })
  source?: string;
}
