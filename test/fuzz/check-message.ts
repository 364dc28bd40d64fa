/**
 * What a reader may get, said once more and without the rules of `src`: who shares a fault with the hub does not see it.
 */
const OVERLAYS = ['detection', 'pose', 'heatmap', 'zone', 'annotation'];
const FIELDS = ['type', 'event_type', 'overlay_type', 'source', 'data', 'id', 'offset', 'age_ms'];
/** Which of the two fields a type of the hub has; one of the user's own may have both. */
const OWN_FIELDS = new Map([
  ['event', 'event_type'],
  ['overlay', 'overlay_type'],
  ['telemetry', ''],
]);
/** No hub may pass this on: it is in what pretends to be of a hub. */
export const FORGED = 'forged';
/** Only the hub itself says these, and only to who asked. */
const RESERVED = ['connection', 'ping', 'pong', 'error', 'subscribe', 'ack'];
const MAX_MESSAGE_BYTES = 256 * 1024 + 1_024;
const MAX_DEPTH = 32;
/** The clock of Redis is the one of this machine. */
const MAX_AHEAD_MS = 5_000;

type Fields = Record<string, unknown>;

/** What is wrong with a message that a reader got after its greeting; `undefined` where nothing is. */
export function complaintAbout(text: string, now = Date.now()): string | undefined {
  if (Buffer.byteLength(text) > MAX_MESSAGE_BYTES) return `of ${text.length} characters`;

  const message = parsed(text);
  if (!isObject(message)) return 'not a JSON object';
  const extra = Object.keys(message).find((key) => !FIELDS.includes(key));
  if (extra !== undefined) return `has a field ${JSON.stringify(extra)}`;

  return (
    complaintAboutHeading(message, now) ?? complaintAboutData(message['type'], message['data'], message['overlay_type'])
  );
}

/** The first message of a connection. */
export function complaintAboutGreeting(text: string): string | undefined {
  const message = parsed(text);
  if (!isObject(message) || message['type'] !== 'connection' || !isObject(message['data'])) return 'no greeting';
  const { status, connection_id } = message['data'];

  return status === 'connected' && typeof connection_id === 'string' ? undefined : 'a greeting without its fields';
}

function complaintAboutHeading(message: Fields, now: number): string | undefined {
  const { type, source, id, offset, age_ms } = message;
  const complaint = complaintAboutType(type, message);
  if (complaint !== undefined) return complaint;
  if (source !== undefined && !isName(source, 128)) return 'of a source that is no name';
  if (id !== undefined && (typeof id !== 'string' || id === '' || id.length > 128)) return 'with an odd id';
  if (age_ms !== undefined && typeof age_ms !== 'number') return 'with an odd age_ms';
  if (offset === undefined) return undefined;

  if (typeof offset !== 'string' || !/^\d{1,15}-\d{1,15}$/.test(offset)) return 'with an odd offset';
  if (id === undefined) return 'with an offset and no id';
  if (type === 'overlay' || type === 'telemetry') return 'a state with an offset';

  return Number(offset.split('-')[0]) > now + MAX_AHEAD_MS ? 'with an offset of the future' : undefined;
}

function complaintAboutType(type: unknown, message: Fields): string | undefined {
  const { event_type, overlay_type } = message;
  if (!isName(type, 64)) return 'without a type that is a name';
  if (RESERVED.includes(type)) return `of the reserved type ${type}`;
  if (event_type === FORGED) return 'forged';
  const own = OWN_FIELDS.get(type);
  const foreign = ['event_type', 'overlay_type'].find((key) => own !== undefined && own !== key && key in message);
  if (foreign !== undefined) return `of type ${type} and has a field ${foreign}`;
  if ((type === 'event' || event_type !== undefined) && !isName(event_type, 64))
    return 'without an event_type that is a name';
  if (type === 'overlay' && !OVERLAYS.includes(overlay_type as string)) return 'of an unknown overlay_type';
  if (overlay_type !== undefined && !isName(overlay_type, 64)) return 'with an overlay_type that is no name';

  return undefined;
}

function complaintAboutData(type: unknown, data: unknown, overlayType: unknown): string | undefined {
  if (!isObject(data)) return 'without data that is an object';
  if (depthOf(data) > MAX_DEPTH) return 'nested too deep';
  if (type !== 'overlay' || (overlayType !== 'detection' && data['boxes'] === undefined)) return undefined;

  const { boxes } = data;
  if (!Array.isArray(boxes) || boxes.length > 1_000) return 'without boxes that are an array';
  const isBox = (box: unknown): boolean =>
    isObject(box) && ['x', 'y', 'w', 'h'].every((key) => Number.isFinite(box[key]));

  return boxes.every(isBox) ? undefined : 'with a box that is none';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isName(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxLength && !/[\s,\p{Cc}\p{Cs}]/u.test(value);
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;

  return 1 + Object.values(value).reduce<number>((deepest, item) => Math.max(deepest, depthOf(item)), 0);
}

/** What is wrong with one event of an SSE stream, given without the empty line at its end; and what it holds. */
export function readSseEvent(
  block: string,
): { type: string; id: string | undefined; data: string; complaint?: string } | 'comment' {
  const lines = block.split('\n');
  if (lines.every((line) => line.startsWith(':'))) return 'comment';

  const fields = new Map<string, string[]>();
  const odd = lines.find((line) => !/^(event|id|data|retry): [^\r\0]*$/.test(line));
  for (const line of lines) {
    const [key = '', ...rest] = line.split(': ');
    fields.set(key, [...(fields.get(key) ?? []), rest.join(': ')]);
  }
  const [event = [], id = [], data = []] = ['event', 'id', 'data'].map((key) => fields.get(key) ?? []);
  const isOnce = event.length === 1 && id.length <= 1 && data.length >= 1;
  const complaint =
    odd !== undefined ? `an SSE line ${JSON.stringify(odd)}` : isOnce ? undefined : 'an SSE event of odd fields';

  return { type: event[0] ?? '', id: id[0], data: data.join('\n'), ...(complaint !== undefined && { complaint }) };
}
