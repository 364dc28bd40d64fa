import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CLOSE } from '../../src/protocol/close-codes.js';
import { HTTP_STATUS } from '../../src/protocol/errors.js';
import { ROOT } from '../support/process.js';

/** The cells of each row of a table whose first cell matches. */
function rowsOf(text: string, first: RegExp): string[][] {
  return text
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
    .filter(([, cell]) => cell !== undefined && first.test(cell));
}

describe('docs/protocol.md', () => {
  const text = readFileSync(join(ROOT, 'docs/protocol.md'), 'utf8');

  it('has a row for each close code of the hub, and for no other', () => {
    expect(rowsOf(text, /^\d{4}$/).map(([, code, reason]) => `${code} ${reason}`)).toEqual(
      Object.values(CLOSE).map(({ code, reason }) => `${code} ${reason}`),
    );
  });

  it('has a row for each error code with its status, and for no other', () => {
    expect(rowsOf(text, /^[A-Z_]{4,}$/).map(([, code, status]) => [code, Number(status)])).toEqual(
      Object.entries(HTTP_STATUS),
    );
  });
});
