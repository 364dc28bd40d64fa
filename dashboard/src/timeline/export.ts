import { confidenceOf, type EventEntry } from './entry.js';

/** The messages as they are on the wire, one a line. */
export function toNdjson(entries: readonly EventEntry[]): string {
  return entries.map(({ message }) => `${JSON.stringify(message)}\n`).join('');
}

const COLUMNS = ['time', 'type', 'event_type', 'source', 'confidence', 'id', 'offset', 'data'];

/** A table with a header, as RFC 4180 has it. */
export function toCsv(entries: readonly EventEntry[]): string {
  const rows = entries.map(({ at, message }) => [
    new Date(at).toISOString(),
    message.type,
    'event_type' in message ? message.event_type : '',
    message.source ?? '',
    String(confidenceOf(message) ?? ''),
    message.id,
    message.offset ?? '',
    JSON.stringify(message.data),
  ]);

  return [COLUMNS, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/**
 * A spreadsheet takes a cell that begins with one of these for a formula, and formulas can send what is beside them
 * elsewhere. An apostrophe makes it text. Source: OWASP, "CSV Injection".
 */
const FORMULA = /^\s*[=+\-@\uFF0B\uFF0D\uFF1D\uFF20]|^[\t\r\n]/;

function cell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;

  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Hands a text to the user as a file. */
export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
