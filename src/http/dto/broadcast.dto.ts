import { IsOptional } from 'class-validator';
import type { JsonObject } from '../../protocol/messages.js';
import { IsData, IsSource, IsTypeName } from './rules.js';

/** Body of `POST /api/events/broadcast`. */
export class BroadcastDto {
  /** Known or your own, such as `test_event`. */
  @IsTypeName()
  event_type!: string;

  /** Passed on unchanged. */
  @IsData()
  data!: JsonObject;

  @IsOptional()
  @IsSource()
  source?: string;
}
