import { readFile } from 'node:fs/promises';
import { isJsonObject } from '../protocol/rules.js';
import { InputError } from './options.js';
import { type HubRequest, type Path, PATHS } from './requests.js';

/** A request and its time. */
export interface TraceEntry extends HubRequest {
  /** ms after the start of the recording */
  atMs: number;
}

/** At least one entry, in order of time. */
export type Trace = readonly [TraceEntry, ...TraceEntry[]];

/** @throws InputError when the file cannot be read, or is not a trace */
export async function readTrace(file: string): Promise<Trace> {
  let content: string;

  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new InputError(`cannot read ${file}: ${code === 'ENOENT' ? 'no such file' : message}`);
  }

  return parseTrace(content, file);
}

/**
 * Reads JSON lines `{"at_ms", "path", "body"}`. Empty lines count for nothing.
 * @throws InputError that names the first bad line and the rule it breaks
 */
export function parseTrace(content: string, file: string): Trace {
  const entries: TraceEntry[] = [];

  for (const [index, line] of content.split('\n').entries()) {
    if (line.trim() === '') continue;

    const entry = parseEntry(line, entries.at(-1)?.atMs ?? 0);
    if (typeof entry === 'string') throw new InputError(`${file}, line ${index + 1}: ${entry}`);
    entries.push(entry);
  }

  const [first, ...rest] = entries;
  if (!first) throw new InputError(`${file} holds no requests`);

  return [first, ...rest];
}

/** The entry, or the rule that the line breaks. */
function parseEntry(line: string, notBeforeMs: number): TraceEntry | string {
  let value: unknown;

  try {
    value = JSON.parse(line);
  } catch {
    return 'must be JSON';
  }

  if (!isJsonObject(value)) return 'must be a JSON object';
  const { at_ms: atMs, path, body } = value;
  if (typeof atMs !== 'number' || !Number.isFinite(atMs) || atMs < 0) return 'at_ms must be a number of 0 or more';
  if (atMs < notBeforeMs) return `at_ms must not be less than in the line before, ${notBeforeMs}`;
  if (!isPath(path)) return `path must be one of ${PATHS.join(', ')}`;
  if (!isJsonObject(body)) return 'body must be a JSON object';

  return { atMs, path, body };
}

function isPath(value: unknown): value is Path {
  return PATHS.includes(value as Path);
}
