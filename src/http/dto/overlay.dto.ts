import type { JsonObject, OverlayType } from '../../protocol/messages.js';
import { HasBoxes, IsData, IsOptional, IsOverlayType, IsSource } from './rules.js';

/** Body of `POST /api/events/broadcast/overlay`. */
export class OverlayDto {
  @IsOverlayType()
  overlay_type!: OverlayType;

  @IsData({ description: 'Passed on unchanged; a `detection` needs `boxes`.' })
  @HasBoxes()
  data!: JsonObject;

  @IsOptional()
  @IsSource({ description: 'The camera or sensor it is from.' })
  source?: string;
}
