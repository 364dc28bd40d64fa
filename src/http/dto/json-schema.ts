/** The part of JSON Schema, as OpenAPI 3.0 has it, that the docs of this hub need. */
export interface JsonSchema {
  type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean';
  description?: string;
  enum?: readonly string[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  /** Deepest nesting, in levels: JSON Schema has no word for that. */
  'x-max-depth'?: number;
  nullable?: boolean;
  items?: JsonSchema;
  required?: readonly string[];
  properties?: Readonly<Record<string, JsonSchema>>;
  additionalProperties?: boolean;
  oneOf?: readonly JsonSchema[];
  $ref?: string;
}
