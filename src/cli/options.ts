import { parseArgs, type ParseArgsConfig } from 'node:util';

/** What the user gave cannot be used: told in one line, with exit code 2. */
export class InputError extends Error {
  override readonly name: string = 'InputError';
}

/** An option or argument that the help would have told about. */
export class UsageError extends InputError {
  override readonly name = 'UsageError';
}

/** One of the commands of the program. */
export interface Command {
  /** The whole text for `--help`. */
  help: string;
  /** Gives the exit code. */
  run(args: readonly string[]): Promise<number>;
}

/** @throws UsageError for an option or argument that the command does not take */
export function parseOptions<const T extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: T,
  allowPositionals = false,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals, strict: true });
  } catch (error) {
    // Node adds a second sentence of advice that is about its own rules; one line is enough.
    const [sentence = ''] = (error as Error).message.split(/\.? [A-Z]|\.?\n/, 1);
    throw new UsageError(sentence.charAt(0).toLowerCase() + sentence.slice(1));
  }
}

/** @throws UsageError unless `text` is a number above 0 and at most `max` */
export function positiveNumber(option: string, text: string, max = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= max) return value;

  const upTo = max === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${max}`;
  throw new UsageError(`${option} must be a number above 0${upTo}, not "${text}"`);
}
