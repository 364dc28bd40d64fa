import { styleText } from 'node:util';
import { printable } from '../protocol/printable.js';
import { isJsonObject } from '../protocol/rules.js';
import { summaryOf } from './message-summary.js';

type Colour = 'cyan' | 'green' | 'magenta' | 'yellow';

const COLOURS: Partial<Record<string, Colour>> = { event: 'yellow', overlay: 'cyan', telemetry: 'green' };

/** The columns after the time: least and greatest width. They grow with what they hold, so that lines stay in line. */
const COLUMNS = [
  { min: 10, max: 24 },
  { min: 14, max: 24 },
  { min: 0, max: 24 },
] as const;

export interface PrinterOptions {
  /** Only these; all when empty. */
  types: readonly string[];
  /** The JSON as it came, and no more. */
  isRaw: boolean;
}

/** Prints messages, a line each. */
export class MessagePrinter {
  private readonly widths = COLUMNS.map(({ min }) => min as number);
  private readonly hasColours: boolean;

  constructor(
    private readonly out: NodeJS.WriteStream,
    private readonly options: PrinterOptions,
  ) {
    this.hasColours = out.isTTY === true && !process.env['NO_COLOR'];
  }

  print(text: string, at = new Date()): void {
    const message = parse(text);
    const type = typeof message?.['type'] === 'string' ? message['type'] : '';
    const { types, isRaw } = this.options;
    if (types.length > 0 && !types.includes(type)) return;

    const line = message && !isRaw ? this.line(message, type, at) : onOneLine(text);
    this.out.write(`${line}\n`);
  }

  private line(message: Record<string, unknown>, type: string, at: Date): string {
    const name = message['event_type'] ?? message['overlay_type'];
    const cells = [type, name, message['source']].map((cell, column) => this.cell(cell, column));
    const head = [clockTime(at), ...cells].filter((cell) => cell !== '').join('  ');
    const line = printable(`${head}  ${summaryOf(message)}`).trimEnd();
    const width = this.out.isTTY ? this.out.columns : Number(process.env['COLUMNS']) || Infinity;

    return this.coloured(line.length > width ? `${line.slice(0, width - 1)}…` : line, type);
  }

  private cell(value: unknown, column: number): string {
    const text = typeof value === 'string' ? value : '';
    const { max } = COLUMNS[column] ?? { max: 0 };
    const width = Math.min(max, Math.max(this.widths[column] ?? 0, text.length));
    this.widths[column] = width;

    return text.padEnd(width);
  }

  private coloured(line: string, type: string): string {
    if (!this.hasColours) return line;

    const time = 12;
    return styleText('dim', line.slice(0, time)) + styleText(COLOURS[type] ?? 'magenta', line.slice(time));
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);

    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The local time, to the millisecond. */
function clockTime(at: Date): string {
  const pad = (value: number, length = 2): string => String(value).padStart(length, '0');

  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}.${pad(at.getMilliseconds(), 3)}`;
}

/** The same JSON: between its parts a blank is as good as a line break, and in strings an escape as what it stands for. */
function onOneLine(text: string): string {
  return printable(text.replace(/[\t\r\n]/g, ' '));
}
