import { getMetadataStorage, type MetadataStorage, ValidateBy, ValidateIf, ValidationTypes } from 'class-validator';
import { type HubError, invalidMessage, type Violation } from '../../protocol/errors.js';
import {
  MAX_BOXES,
  MAX_DATA_DEPTH,
  MAX_NAME_LENGTH,
  MAX_SOURCE_LENGTH,
  MAX_VIOLATIONS,
} from '../../protocol/limits.js';
import { OVERLAY_TYPES } from '../../protocol/messages.js';
import {
  boxesRule,
  clipped,
  confidenceRule,
  dataRule,
  NAME,
  nameRule,
  overlayTypeRule,
  sourceRule,
  timestampRule,
} from '../../protocol/rules.js';
import type { JsonSchema } from './json-schema.js';

type Check = (field: string, value: unknown, dto: object | undefined) => Violation | undefined;

const checks = new Map<string, Check>();
const schemas = new Map<string, JsonSchema>();

/**
 * Makes a rule of the protocol a class-validator decorator, so that each rule is written once.
 * @param schema the rule in the words of JSON Schema, for the docs; a field may add its own
 */
function decoratorOf(name: string, check: Check, schema: JsonSchema): (more?: JsonSchema) => PropertyDecorator {
  checks.set(name, check);
  schemas.set(name, schema);

  return (more = {}) =>
    ValidateBy(
      {
        name,
        validator: { validate: (value, args) => check(args?.property ?? '', value, args?.object) === undefined },
      },
      { context: more },
    );
}

/** The field may be left out; `null`, as many languages write what is not there, is the same. */
export const IsOptional = (): PropertyDecorator => ValidateIf((_dto, value) => !isAbsent(value));

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

/** A type name: 1 to 64 characters without white space or comma. */
export const IsTypeName = decoratorOf('name', nameRule, {
  type: 'string',
  minLength: 1,
  maxLength: MAX_NAME_LENGTH,
  pattern: NAME.source,
});

/** A camera or sensor: 1 to 128 characters without white space or comma. */
export const IsSource = decoratorOf('source', sourceRule, {
  type: 'string',
  minLength: 1,
  maxLength: MAX_SOURCE_LENGTH,
  pattern: NAME.source,
});

/** One of the overlay types. */
export const IsOverlayType = decoratorOf('overlayType', overlayTypeRule, { type: 'string', enum: OVERLAY_TYPES });

const CONFIDENCE: JsonSchema = { type: 'number', minimum: 0, maximum: 1 };

/** A number from 0 to 1. */
export const IsConfidence = decoratorOf('confidence', confidenceRule, CONFIDENCE);

/** An ISO 8601 time with a zone. */
export const IsTimestamp = decoratorOf('timestamp', timestampRule, { type: 'string', format: 'date-time' });

/** A JSON object of at most 32 levels, without prototype keys. */
export const IsData = decoratorOf('data', dataRule, { type: 'object', 'x-max-depth': MAX_DATA_DEPTH });

/** `boxes` with finite `x`, `y` and `w`, `h` of 0 or more; needed for a detection. */
export const HasBoxes = decoratorOf(
  'boxes',
  (field, value, dto) => boxesRule((dto as { overlay_type?: unknown }).overlay_type, field, value),
  {
    properties: {
      boxes: {
        type: 'array',
        maxItems: MAX_BOXES,
        description: 'Needed for `detection`.',
        items: {
          type: 'object',
          required: ['x', 'y', 'w', 'h'],
          properties: {
            x: { type: 'number', description: 'Left edge, in pixels of the picture.' },
            y: { type: 'number', description: 'Upper edge.' },
            w: { type: 'number', minimum: 0 },
            h: { type: 'number', minimum: 0 },
            label: { type: 'string' },
            confidence: CONFIDENCE,
          },
        },
      },
    },
  },
);

/** The decorators of a DTO as a JSON Schema: the bounds that are checked, and what the fields add. */
export function schemaOf(Dto: new () => object): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  const optional = new Set<string>();

  for (const { propertyName, type, name = '', context } of metadataOf(Dto)) {
    if (type === ValidationTypes.CONDITIONAL_VALIDATION) {
      optional.add(propertyName);
      properties[propertyName] = { ...properties[propertyName], nullable: true };
    } else properties[propertyName] = { ...properties[propertyName], ...schemas.get(name), ...(context as object) };
  }
  const required = Object.keys(properties).filter((name) => !optional.has(name));

  return { type: 'object', required, properties, additionalProperties: false };
}

function metadataOf(Dto: new () => object): ReturnType<MetadataStorage['getTargetValidationMetadatas']> {
  return getMetadataStorage().getTargetValidationMetadatas(Dto, '', false, false);
}

function unknownField(name: string): Violation {
  const field = clipped(name);

  return { field, rule: 'unknown', message: `${field} is not a field of this message` };
}

/** What one field of a DTO must keep. */
interface FieldChecks {
  readonly checks: Check[];
  isOptional: boolean;
}

/** `undefined` where a decorator is neither one of ours nor `IsOptional`. */
function fieldsOf(Dto: new () => object): ReadonlyMap<string, FieldChecks> | undefined {
  const fields = new Map<string, FieldChecks>();

  for (const { propertyName, type, name = '' } of metadataOf(Dto)) {
    const field = fields.get(propertyName) ?? { checks: [], isOptional: false };
    fields.set(propertyName, field);
    const check = checks.get(name);
    if (type === ValidationTypes.CONDITIONAL_VALIDATION) field.isOptional = true;
    else if (check) field.checks.push(check);
    else return undefined;
  }

  return fields;
}

/**
 * The decorators of a DTO as one function: whether a body keeps all rules. It decides as class-validator does, in a
 * fortieth of the time, since it does not gather the decorators for each body again. `undefined` where a decorator is neither
 * one of ours nor `IsOptional`.
 */
export function compileDto(
  Dto: new () => object,
): ((body: Record<string, unknown>, keys?: readonly string[]) => boolean) | undefined {
  const fields = fieldsOf(Dto);
  if (!fields) return undefined;
  const entries = [...fields];

  return (body, keys = Object.keys(body)) => {
    for (const key of keys) if (!fields.has(key)) return false;

    for (const [field, { checks, isOptional }] of entries) {
      const value = body[field];
      if (isOptional && isAbsent(value)) continue;
      for (const check of checks) if (check(field, value, body)) return false;
    }

    return true;
  };
}

/** The error for a body that breaks the rules of a DTO. A body may have any number of fields, so only the first are named. */
export function dtoError(Dto: new () => object, body: Record<string, unknown>, keys: readonly string[]): HubError {
  const fields = fieldsOf(Dto) ?? new Map<string, FieldChecks>();
  const unknown = keys.filter((key) => !fields.has(key));
  const broken = [...fields].flatMap(([field, { checks, isOptional }]) =>
    isOptional && isAbsent(body[field]) ? [] : checks.flatMap((check) => check(field, body[field], body) ?? []),
  );
  const named = unknown.slice(0, MAX_VIOLATIONS).map(unknownField);

  return invalidMessage([...named, ...broken], unknown.length - named.length);
}
