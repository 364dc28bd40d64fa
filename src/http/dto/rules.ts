import { ValidateBy, type ValidationArguments } from 'class-validator';
import {
  boxesRule,
  confidenceRule,
  dataRule,
  nameRule,
  overlayTypeRule,
  type Rule,
  sourceRule,
  timestampRule,
} from '../../protocol/rules.js';

/** A class-validator decorator for a rule of the protocol, so that each rule is written once. */
function decoratorOf(name: string, rule: (value: unknown, args: ValidationArguments) => ReturnType<Rule>) {
  return (): PropertyDecorator =>
    ValidateBy({
      name,
      validator: {
        validate: (value, args) => args === undefined || rule(value, args) === undefined,
        defaultMessage: (args) => (args && rule(args.value, args)?.message) ?? '$property is not valid',
      },
    });
}

const byRule = (name: string, rule: Rule) => decoratorOf(name, (value, { property }) => rule(property, value));

/** A type name: 1 to 64 characters without white space or comma. */
export const IsTypeName = byRule('name', nameRule);

/** A camera or sensor: 1 to 128 characters without white space or comma. */
export const IsSource = byRule('source', sourceRule);

export const IsOverlayType = byRule('overlayType', overlayTypeRule);

/** A number from 0 to 1. */
export const IsConfidence = byRule('confidence', confidenceRule);

/** An ISO 8601 time with a zone. */
export const IsTimestamp = byRule('timestamp', timestampRule);

/** A JSON object of at most 32 levels, without prototype keys. */
export const IsData = byRule('data', dataRule);

/** `boxes` with finite `x`, `y` and `w`, `h` of 0 or more; needed for a detection. */
export const HasBoxes = decoratorOf('boxes', (value, { property, object }) =>
  boxesRule((object as { overlay_type?: unknown }).overlay_type, property, value),
);
