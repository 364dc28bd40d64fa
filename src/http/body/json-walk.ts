import { MAX_DATA_DEPTH, MAX_FIELD_LENGTH } from '../../protocol/limits.js';

/** An array or object that is open at some place of a text, and which item of it is there. */
interface Level {
  readonly isArray: boolean;
  /** The key as it is written, without its quotes. */
  key: string;
  index: number;
}

/** Returns whether to go on. */
type OnWord = (word: string, at: number, levels: readonly Level[]) => boolean;

const WORD = /[^\s{}[\],:"]+/y;
const SCALAR = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/;
const LONG_INTEGER = /^(-?\d{16,309})(?:\.0*)?$/;

/** Deeper than any rule lets pass, an array of items around it. */
const DEEP = MAX_DATA_DEPTH + 2;

/** The first word of a text that JSON does not have, such as `NaN`, and where it is. */
export function strayWordIn(text: string): { word: string; at: number; field: string } | undefined {
  let found: { word: string; at: number; field: string } | undefined;
  walk(text, (word, at, levels) => {
    if (SCALAR.test(word)) return true;

    found = { word: word.slice(0, 32), at, field: fieldOf(levels) };
    return false;
  });

  return found;
}

/** The value of a JSON text, each integer of it that was rounded replaced by the bigint it was written as. */
export function markInexactNumbers(value: unknown, text: string): unknown {
  walk(text, (word, _at, levels) => {
    const integer = LONG_INTEGER.exec(word)?.[1];
    if (integer !== undefined && levels.length <= DEEP) {
      const exact = BigInt(integer);
      const rounded = Number(integer);
      if (Number.isFinite(rounded) && BigInt(rounded) !== exact) replace(value, levels, exact);
    }

    return true;
  });

  return value;
}

/** Calls back for each word outside of strings. The text need not be valid. */
function walk(text: string, onWord: OnWord): void {
  const levels: Level[] = [];

  for (let at = 0; at < text.length; at++) {
    const level = levels.at(-1);
    switch (text[at]) {
      case '{':
      case '[':
        levels.push({ isArray: text[at] === '[', key: '', index: 0 });
        break;
      case '}':
      case ']':
        levels.pop();
        break;
      case ',':
        if (level) level.index++;
        break;
      case '"': {
        const end = endOfString(text, at);
        if (level && !level.isArray && isKey(text, end)) level.key = text.slice(at + 1, end);
        at = end;
        break;
      }
      default: {
        WORD.lastIndex = at;
        const word = WORD.exec(text)?.[0];
        if (word === undefined) break;
        if (!onWord(word, at, levels)) return;
        at += word.length - 1;
      }
    }
  }
}

/** Where the quote is that ends the string that begins here. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text[end - 1 - escapes] === '\\') escapes++;
    if (escapes % 2 === 0) return end;
  }

  return text.length;
}

function isKey(text: string, end: number): boolean {
  let next = end + 1;
  while (next < text.length && ' \t\r\n'.includes(text.charAt(next))) next++;

  return text[next] === ':';
}

function replace(root: unknown, levels: readonly Level[], exact: bigint): void {
  let node = root;
  for (const [depth, { isArray, key, index }] of levels.entries()) {
    if (typeof node !== 'object' || node === null) return;

    const place = isArray ? index : (JSON.parse(`"${key}"`) as string);
    const holder = node as Record<string | number, unknown>;
    if (!Object.hasOwn(holder, place)) return;
    if (depth === levels.length - 1) holder[place] = exact;
    else node = holder[place];
  }
}

/** A path such as `data.boxes[3].w`. */
function fieldOf(levels: readonly Level[]): string {
  const names = levels.map(({ isArray, key, index }) => (isArray ? `[${index}]` : `.${key}`));

  return names.slice(0, DEEP).join('').replace(/^\./, '').slice(0, MAX_FIELD_LENGTH);
}
