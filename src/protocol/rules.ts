import type { Violation } from './errors.js';
import {
  MAX_BOXES,
  MAX_DATA_DEPTH,
  MAX_FIELD_LENGTH,
  MAX_IDEMPOTENCY_KEY_LENGTH,
  MAX_NAME_LENGTH,
  MAX_SOURCE_LENGTH,
} from './limits.js';
import {
  isThere,
  OVERLAY_TYPES,
  RESERVED_TYPES,
  type JsonObject,
  type MessageDraft,
  type OverlayType,
} from './messages.js';

/** A rule looks at one value and gives the first violation it finds; `undefined` means the value is good. */
export type Rule = (field: string, value: unknown) => Violation | undefined;

// Comma and white space are left out since filters are lists of names in a query, half a surrogate pair since UTF-8 has none.
export const NAME = /^[^\s,\p{Cc}\p{Cs}]+$/u;

/** A field as an error names it: its sender chose the length. */
export function clipped(field: string): string {
  return field.length > MAX_FIELD_LENGTH ? `${field.slice(0, MAX_FIELD_LENGTH)}…` : field;
}

function broken(path: string, rule: string, must: string): Violation {
  const field = clipped(path);

  return { field, rule, message: `${field} ${must}` };
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isName(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.length <= maxLength && NAME.test(value);
}

export const nameRule: Rule = (field, value) =>
  isName(value, MAX_NAME_LENGTH)
    ? undefined
    : broken(field, 'name', `must be a string of 1 to ${MAX_NAME_LENGTH} characters without white space or comma`);

export const sourceRule: Rule = (field, value) =>
  value === undefined || isName(value, MAX_SOURCE_LENGTH)
    ? undefined
    : broken(field, 'source', `must be a string of 1 to ${MAX_SOURCE_LENGTH} characters without white space or comma`);

export const overlayTypeRule: Rule = (field, value) =>
  OVERLAY_TYPES.includes(value as OverlayType)
    ? undefined
    : broken(field, 'overlayType', `must be one of ${OVERLAY_TYPES.join(', ')}`);

export const confidenceRule: Rule = (field, value) =>
  typeof value === 'number' && value >= 0 && value <= 1
    ? undefined
    : broken(field, 'confidence', 'must be a number from 0 to 1');

export const idempotencyKeyRule: Rule = (field, value) =>
  typeof value === 'string' && value.length > 0 && value.length <= MAX_IDEMPOTENCY_KEY_LENGTH
    ? undefined
    : broken(field, 'idempotencyKey', `must be a string of 1 to ${MAX_IDEMPOTENCY_KEY_LENGTH} characters`);

// A date, "T", a time, and a zone; Date.parse then refuses what the calendar does not have.
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

export const timestampRule: Rule = (field, value) =>
  typeof value === 'string' && TIMESTAMP.test(value) && !Number.isNaN(Date.parse(value))
    ? undefined
    : broken(field, 'timestamp', 'must be an ISO 8601 time with a zone, such as 2025-10-24T10:30:00Z');

/** `data` and `metadata`: a JSON object, bounded in depth, that survives `JSON.stringify` unchanged. */
export const dataRule: Rule = (field, value) =>
  isJsonObject(value) ? valueViolation(field, value, 1) : broken(field, 'object', 'must be a JSON object');

function valueViolation(path: string, value: unknown, depth: number): Violation | undefined {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? undefined : broken(path, 'finite', 'must be a finite number');
    case 'bigint':
      return broken(
        path,
        'json',
        'is an integer beyond 2^53 that a JSON number may not hold exactly; send it as a string',
      );
    case 'function':
    case 'symbol':
      return broken(path, 'json', `must be JSON, not a ${typeof value}`);
    case 'object':
      break;
    default:
      return undefined;
  }

  if (value === null || value instanceof Date) return undefined;
  if (depth > MAX_DATA_DEPTH)
    return broken(pathStart(path), 'depth', `must be nested at most ${MAX_DATA_DEPTH} levels deep`);

  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const violation = isPlainLeaf(value[i]) ? undefined : valueViolation(`${path}[${i}]`, value[i], depth + 1);
      if (violation) return violation;
    }

    return undefined;
  }

  for (const key of Object.keys(value)) {
    if (key === '__proto__') return broken(path, 'prototype', 'must not have a key named __proto__');

    const item = (value as JsonObject)[key];
    if (key === 'constructor' && isJsonObject(item) && Object.hasOwn(item, 'prototype')) {
      return broken(path, 'prototype', 'must not have a constructor with a prototype');
    }
    const violation = isPlainLeaf(item) ? undefined : valueViolation(`${path}.${key}`, item, depth + 1);
    if (violation) return violation;
  }

  return undefined;
}

/** The common case, without building the path of a field that is good: overlays hold hundreds of numbers. */
function isPlainLeaf(value: unknown): boolean {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
}

/** The first field of a path, so that the error for a 10,000 levels deep body stays short. */
function pathStart(path: string): string {
  return path.split(/[.[]/, 1)[0] ?? path;
}

export const boxRule: Rule = (field, value) => {
  if (!isJsonObject(value)) return broken(field, 'object', 'must be an object with x, y, w and h, in pixels');

  for (const key of ['x', 'y', 'w', 'h'] as const) {
    const number = value[key];
    if (number === undefined) {
      return broken(`${field}.${key}`, 'finite', 'is missing; boxes are x, y, w, h in pixels');
    }
    if (typeof number !== 'number' || !Number.isFinite(number)) {
      return broken(`${field}.${key}`, 'finite', 'must be a finite number');
    }
    if ((key === 'w' || key === 'h') && number < 0) return broken(`${field}.${key}`, 'min', 'must be 0 or more');
  }

  const { label, confidence } = value;
  if (label !== undefined && label !== null && typeof label !== 'string') {
    return broken(`${field}.label`, 'string', 'must be a string');
  }

  return confidence === undefined || confidence === null
    ? undefined
    : confidenceRule(`${field}.confidence`, confidence);
};

/** `boxes` of an overlay: needed for `detection`, checked wherever present. */
export function boxesRule(overlayType: unknown, field: string, data: unknown): Violation | undefined {
  const boxes = isJsonObject(data) ? data['boxes'] : undefined;
  if (boxes === undefined && overlayType !== 'detection') return undefined;

  const path = `${field}.boxes`;
  if (boxes === undefined) return broken(path, 'array', 'is missing; it is an array of boxes x, y, w, h in pixels');
  if (!Array.isArray(boxes)) return broken(path, 'array', 'must be an array of boxes');
  if (boxes.length > MAX_BOXES) return broken(path, 'maxItems', `must hold at most ${MAX_BOXES} boxes`);

  for (let i = 0; i < boxes.length; i++) {
    const violation = boxRule(`${path}[${i}]`, boxes[i]);
    if (violation) return violation;
  }

  return undefined;
}

/** All rules a message must keep to pass the door, whoever brings it. Empty when it is good. */
export function messageViolations(draft: MessageDraft): Violation[] {
  const { type, event_type, overlay_type, source, data } = draft;
  const found = [
    nameRule('type', type) ??
      (RESERVED_TYPES.has(type)
        ? broken('type', 'reserved', `must not be one of ${[...RESERVED_TYPES].join(', ')}`)
        : undefined),
    type === 'event' || isThere(event_type) ? nameRule('event_type', event_type) : undefined,
    type === 'overlay' ? overlayTypeRule('overlay_type', overlay_type) : undefined,
    type !== 'overlay' && isThere(overlay_type) ? nameRule('overlay_type', overlay_type) : undefined,
    sourceRule('source', source ?? undefined),
    dataRule('data', data) ?? (type === 'overlay' ? boxesRule(overlay_type, 'data', data) : undefined),
  ];

  return found.filter((violation) => violation !== undefined);
}
