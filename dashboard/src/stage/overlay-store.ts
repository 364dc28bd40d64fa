import type { OverlayMessage, OverlayType } from 'dogmonitor-client';
import { createStore, type Readable } from '../app/store.js';
import { tellPainter } from './painter.js';
import { frameOf, MAX_SLOTS } from './overlay-slots.js';

/** What the page knows of the newest overlay of one type and source. */
interface Seen {
  readonly type: OverlayType;
  readonly source: string;
  /** In ms since 1970. */
  readonly receivedAt: number;
}

/**
 * Which overlays have come, outside of React: they come at video rate. The overlays themselves go on to the painter as they
 * are, and cost the page no frame.
 */
export class OverlayStore {
  /** How many have come, by type. */
  readonly counts = new Map<OverlayType, number>();
  private readonly seen = new Map<string, Seen>();
  private readonly names = createStore<readonly string[]>([]);

  /** The cameras that overlays have come from. */
  readonly sources: Readable<readonly string[]> = this.names;

  /** Called with each overlay that tells its frame, after it was put. */
  onFrame: ((frame: number) => void) | undefined;

  put(message: OverlayMessage, receivedAt: number): void {
    const { overlay_type: type, source = '' } = message;
    const key = `${type} ${source}`;
    const isNew = !this.seen.has(key);
    const [oldest] = this.seen.keys();
    if (isNew && this.seen.size >= MAX_SLOTS && oldest !== undefined) this.seen.delete(oldest);
    this.seen.set(key, { type, source, receivedAt });
    this.counts.set(type, (this.counts.get(type) ?? 0) + 1);
    if (isNew) this.name();
    tellPainter({ put: message, receivedAt });

    const frame = frameOf(message);
    if (frame !== undefined) this.onFrame?.(frame);
  }

  /** When the newest one of a type came, in ms since 1970. */
  newestOf(type: OverlayType): number | undefined {
    let newest: number | undefined;
    for (const seen of this.seen.values())
      if (seen.type === type && seen.receivedAt > (newest ?? -Infinity)) newest = seen.receivedAt;

    return newest;
  }

  /** Forgets what is not of these types: the hub sends no more of it. */
  retain(types: readonly OverlayType[]): void {
    for (const [key, { type }] of this.seen) if (!types.includes(type)) this.seen.delete(key);
    tellPainter({ retain: types });
  }

  private name(): void {
    const names = [...new Set([...this.seen.values()].map(({ source }) => source))].sort();
    if (names.join(' ') !== this.names.get().join(' ')) this.names.set(names);
  }
}

/** The one of the stage. */
export const overlayStore = new OverlayStore();
