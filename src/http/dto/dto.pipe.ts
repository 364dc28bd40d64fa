import type { PipeTransform } from '@nestjs/common';
import { type ValidationError, validateSync } from 'class-validator';
import { invalidMessage, type Violation } from '../../protocol/errors.js';
import { isJsonObject } from '../../protocol/rules.js';

/**
 * Checks a body against the decorators of a DTO and passes it on as it came. Nest's own `ValidationPipe` would make a
 * deep copy of it with class-transformer, which drops keys named `constructor` and overflows on deep nesting.
 */
export class DtoPipe<T extends object> implements PipeTransform<unknown, T> {
  constructor(private readonly Dto: new () => T) {}

  /** @throws HubError `INVALID_MESSAGE` with each field and the rule it breaks */
  transform(body: unknown): T {
    if (!isJsonObject(body)) {
      throw invalidMessage([{ field: 'body', rule: 'object', message: 'body must be a JSON object' }]);
    }

    const errors = validateSync(Object.assign(new this.Dto(), body), { whitelist: true, forbidNonWhitelisted: true });
    if (errors.length > 0) throw invalidMessage(errors.flatMap(violationsFrom));

    return body as T;
  }
}

function violationsFrom({ property, constraints = {} }: ValidationError): Violation[] {
  return Object.entries(constraints).map(([rule, message]) => {
    if (rule === 'whitelistValidation') {
      return { field: property, rule: 'unknown', message: `${property} is not a field of this message` };
    }

    // Every message begins with the path of the field it is about, which may lie within the property.
    const path = message.split(' ', 1)[0] ?? '';

    return { field: path.startsWith(property) ? path : property, rule, message };
  });
}
