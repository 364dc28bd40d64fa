import type { JsonSchema } from '../../src/http/dto/json-schema.js';

/** A change of a good value, and whether what comes of it is still good. */
export interface Case {
  title: string;
  isGood: boolean;
  change: (value: unknown) => unknown;
}

type Json = Record<string, unknown>;

const STEP = 0.001;

/** For each bound of a schema a value at it, and one beyond it. */
export function casesOf(schema: JsonSchema, path = 'it'): Case[] {
  const inner = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    casesOf(property, `${path}.${name}`).map(({ change, ...rest }) => ({
      ...rest,
      change: (value: unknown) => ({ ...(value as Json), [name]: change((value as Json)[name]) }),
    })),
  );
  const first = schema.items ? casesOf(schema.items, `${path}[0]`) : [];

  return [
    ...boundsOf(schema, path),
    ...inner,
    ...first.map(({ change, ...rest }) => ({
      ...rest,
      change: (value: unknown) => (value as unknown[]).map((item, n) => (n === 0 ? change(item) : item)),
    })),
  ];
}

function boundsOf(schema: JsonSchema, path: string): Case[] {
  const cases: Case[] = [];
  const add = (title: string, isGood: boolean, change: Case['change']): void => {
    cases.push({ title: `${path} ${title}`, isGood, change });
  };
  const { minLength, maxLength, minimum, maximum, maxItems, required = [], 'x-max-depth': depth } = schema;

  if (minLength !== undefined) add('is too short', false, () => 'x'.repeat(minLength - 1));
  if (maxLength !== undefined) {
    add('is as long as it may be', true, () => 'x'.repeat(maxLength));
    add('is too long', false, () => 'x'.repeat(maxLength + 1));
  }
  if (schema.pattern !== undefined) add('does not match', false, () => 'a b');
  if (schema.format === 'date-time') {
    add('is a time', true, () => '2025-10-24T10:30:00Z');
    add('is no time', false, () => '2025-10-24');
  }
  for (const word of schema.enum ?? []) add(`is ${word}`, true, () => word);
  if (schema.enum) add('is none of the words', false, () => 'xyz');
  if (minimum !== undefined) {
    add('is as small as it may be', true, () => minimum);
    add('is too small', false, () => minimum - STEP);
  }
  if (maximum !== undefined) {
    add('is as large as it may be', true, () => maximum);
    add('is too large', false, () => maximum + STEP);
  }
  if (maxItems !== undefined) {
    add('has as many items as it may', true, (value) => repeated(value, maxItems));
    add('has too many items', false, (value) => repeated(value, maxItems + 1));
  }
  if (schema.minItems !== undefined) add('has too few items', false, () => []);
  if (depth !== undefined) {
    add('is as deep as it may be', true, (value) => ({ ...(value as Json), deep: nested(depth - 1) }));
    add('is too deep', false, (value) => ({ ...(value as Json), deep: nested(depth) }));
  }
  for (const name of required) {
    add(`has no ${name}`, false, (value) =>
      Object.fromEntries(Object.entries(value as Json).filter(([key]) => key !== name)),
    );
  }
  if (schema.additionalProperties === false) add('has one more', false, (value) => ({ ...(value as Json), more: 1 }));
  if (schema.type !== undefined) {
    add('is of another type', false, () => (schema.type === 'number' || schema.type === 'integer' ? 'x' : 7));
  }

  return cases;
}

function repeated(value: unknown, count: number): unknown[] {
  return Array.from({ length: count }, () => (value as unknown[])[0]);
}

function nested(levels: number): object {
  return levels === 1 ? {} : { a: nested(levels - 1) };
}
