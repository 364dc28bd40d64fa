import { IsOptional } from 'class-validator';
import type { JsonObject, OverlayType } from '../../protocol/messages.js';
import { HasBoxes, IsData, IsOverlayType, IsSource } from './rules.js';

/** Body of `POST /api/events/broadcast/overlay`. */
export class OverlayDto {
  @IsOverlayType()
  overlay_type!: OverlayType;

  /** Passed on unchanged; a `detection` needs `boxes`. */
  @IsData()
  @HasBoxes()
  data!: JsonObject;

  @IsOptional()
  @IsSource()
  source?: string;
}
