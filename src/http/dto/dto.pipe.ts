import type { PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { invalidMessage, type Violation } from '../../protocol/errors.js';
import { isJsonObject } from '../../protocol/rules.js';
import { compileDto, dtoError } from './rules.js';

/**
 * Checks a body against the decorators of a DTO. One that has only decorators of `rules.ts` is compiled, and its body passed on as it
 * came: class-transformer would make a deep copy, which drops keys named `constructor`. Any other is checked by class-validator
 * on an instance that class-transformer makes.
 */
export class DtoPipe<T extends object> implements PipeTransform<unknown, T> {
  private readonly isValid: ReturnType<typeof compileDto>;

  constructor(private readonly Dto: new () => T) {
    this.isValid = compileDto(Dto);
  }

  /** @throws HubError `INVALID_MESSAGE` with each field and the rule it breaks */
  transform(body: unknown): T {
    if (!isJsonObject(body)) {
      throw invalidMessage([{ field: 'body', rule: 'object', message: 'body must be a JSON object' }]);
    }
    if (!this.isValid) return this.instanceOf(body);
    // There may be tens of thousands of keys, and to list them takes as long as to parse them.
    const keys = Object.keys(body);
    if (this.isValid(body, keys)) return body as T;

    throw dtoError(this.Dto, body, keys);
  }

  private instanceOf(body: Record<string, unknown>): T {
    const dto = plainToInstance(this.Dto, body);
    const errors = validateSync(dto, { whitelist: true, forbidNonWhitelisted: true });
    if (errors.length > 0) throw invalidMessage(errors.flatMap((error) => violationsOf(error)));

    return dto;
  }
}

function violationsOf({ property, constraints = {}, children = [] }: ValidationError, parent = ''): Violation[] {
  const field = `${parent}${property}`;
  // The library names a field without the ones around it.
  const own = Object.entries(constraints).map(([rule, message]) => ({ field, rule, message: `${parent}${message}` }));

  return [...own, ...children.flatMap((child) => violationsOf(child, `${field}.`))];
}
