/** Limits that are part of the protocol: equal on every hub, so not configurable. */

/** Longest `type`, `event_type` and `overlay_type`, in characters. */
export const MAX_NAME_LENGTH = 64;

/** Longest `source`, in characters. */
export const MAX_SOURCE_LENGTH = 128;

/** Deepest nesting of `data`, in levels; `{}` is one level. */
export const MAX_DATA_DEPTH = 32;

/** Most boxes in one overlay. */
export const MAX_BOXES = 1_000;

/** Longest `Idempotency-Key`, in characters. */
export const MAX_IDEMPOTENCY_KEY_LENGTH = 255;

/** Most keys an instance remembers; the oldest are forgotten first. */
export const MAX_IDEMPOTENCY_KEYS = 100_000;

/** Most names in one list of a filter. */
export const MAX_FILTER_NAMES = 64;

/** Most keys of which an instance keeps the newest overlay or telemetry for `snapshot=1`; the longest unchanged go first. */
export const MAX_SNAPSHOT_KEYS = 1_000;

/** Most logged messages that a client may ask for by `recent`. */
export const MAX_RECENT = 1_000;

/** Messages in one answer of `GET /api/events` that asks for no number. */
export const DEFAULT_HISTORY_LIMIT = 100;

/** Most messages in one answer of `GET /api/events`. */
export const MAX_HISTORY_LIMIT = 1_000;

/** Most messages in one `POST /api/events/broadcast/batch`. */
export const MAX_BATCH_SIZE = 1_000;

/** Most violations that one answer names. */
export const MAX_VIOLATIONS = 20;

/** Longest field that an error names, in characters; it is cut there. */
export const MAX_FIELD_LENGTH = 256;

/** Largest URL and headers of one request together, in bytes. */
export const MAX_HEADER_BYTES = 16 * 1024;

/** Most requests that may wait on one HTTP connection for the answer before theirs. */
export const MAX_PIPELINED_REQUESTS = 256;
