import type { PipeTransform } from '@nestjs/common';
import { invalidMessage } from '../../protocol/errors.js';
import { isJsonObject } from '../../protocol/rules.js';
import { compileDto, dtoError } from './rules.js';

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

    if (this.isValid(body)) return body as T;

    throw dtoError(this.Dto, body);
  }
}
