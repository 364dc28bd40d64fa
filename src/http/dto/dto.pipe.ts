import type { PipeTransform } from '@nestjs/common';
import { validateSync } from 'class-validator';
import { invalidMessage } from '../../protocol/errors.js';
import { isJsonObject } from '../../protocol/rules.js';
import { compileDto, unknownField, violationsFrom } from './rules.js';

/**
 * Checks a body against the decorators of a DTO and passes it on as it came. Nest's own `ValidationPipe` would make a
 * deep copy of it with class-transformer, which drops keys named `constructor` and overflows on deep nesting.
 */
export class DtoPipe<T extends object> implements PipeTransform<unknown, T> {
  private readonly isValid: (body: Record<string, unknown>) => boolean;

  constructor(private readonly Dto: new () => T) {
    this.isValid = compileDto(Dto);
  }

  /** @throws HubError `INVALID_MESSAGE` with each field and the rule it breaks */
  transform(body: unknown): T {
    if (!isJsonObject(body)) {
      throw invalidMessage([{ field: 'body', rule: 'object', message: 'body must be a JSON object' }]);
    }

    // class-validator is asked only what is wrong.
    if (this.isValid(body)) return body as T;

    // Copied onto the instance, these would change what class-validator takes it for.
    const inherited = Object.keys(body).filter((key) => key in Object.prototype);
    if (inherited.length > 0) throw invalidMessage(inherited.map(unknownField));

    const errors = validateSync(Object.assign(new this.Dto(), body), { whitelist: true, forbidNonWhitelisted: true });
    throw invalidMessage(errors.flatMap(violationsFrom));
  }
}
