import { IsOptional } from 'class-validator';
import type { JsonObject } from '../../protocol/messages.js';
import { IsConfidence, IsData, IsSource, IsTimestamp, IsTypeName } from './rules.js';

/** Body of `POST /api/events/broadcast/action`. */
export class ActionDto {
  /** Becomes the `event_type`, such as `sit`. */
  @IsTypeName()
  action!: string;

  /** 0..1 */
  @IsConfidence()
  confidence!: number;

  /** `{}` where absent. */
  @IsOptional()
  @IsData()
  metadata?: JsonObject;

  /** ISO 8601; the time of arrival, in UTC, where absent. */
  @IsOptional()
  @IsTimestamp()
  timestamp?: string;

  @IsOptional()
  @IsSource()
  source?: string;
}
