import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { gzipSync } from 'node:zlib';

/** One file of the page, ready to be sent. */
export interface PageFile {
  body: Buffer;
  /** Absent where it would be no smaller. */
  gzip?: Buffer;
  contentType: string;
  cacheControl: string;
  etag: string;
}

const CONTENT_TYPES: Partial<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The build puts a hash of its content into the name of all that is in here: the same name is the same file, for ever. */
const HASHED = '/assets/';

/**
 * All files of a folder by their path on the web; `index.html` is `/`. Empty where there is no such folder. They are few
 * and small, so they stay in memory: no request ever names a file on the disk.
 */
export function readPage(folder: string): ReadonlyMap<string, PageFile> {
  const files = existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [];

  return new Map(
    files
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => {
        const path = file.slice(join(folder).length).split(sep).join('/').replace(/^\/?/, '/');

        return [path === '/index.html' ? '/' : path, pageFile(path, readFileSync(file))];
      }),
  );
}

function pageFile(path: string, body: Buffer): PageFile {
  const gzip = gzipSync(body, { level: 9 });

  return {
    body,
    ...(gzip.length < body.length && { gzip }),
    contentType: CONTENT_TYPES[extname(path)] ?? 'application/octet-stream',
    cacheControl: path.startsWith(HASHED) ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
  };
}
