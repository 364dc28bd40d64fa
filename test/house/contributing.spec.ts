import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/process.js';

const text = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

/** What Git knows, and what it would take. */
function tracked(...patterns: string[]): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', ...patterns];
  const files = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\0');

  return [...new Set(files)].filter((file) => file !== '' && existsSync(join(ROOT, file)));
}

describe('CONTRIBUTING', () => {
  it('has a line for each npm script, and names no other', () => {
    const named = [...text.matchAll(/^\| `npm (?:run )?([\w:]+)`/gm)].map(([, name]) => name);

    expect(named.toSorted()).toEqual(Object.keys(scripts).toSorted());
    expect([...text.matchAll(/npm run ([\w:]+)/g)].filter(([, name = '']) => !(name in scripts))).toEqual([]);
  });

  it('names files and folders that exist', () => {
    const paths = [...text.matchAll(/`([\w.-]*\/[\w./-]+|\.?[A-Z\w-]+\.(?:md|cjs|json))`|\]\(([^)]+)\)/g)]
      .map(([, path, link = '']) => path ?? link)
      .filter((path) => !path.includes('://'));

    expect(paths).toContain('src/config/hub-config.ts');
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('the scripts', () => {
  it('are all typed, but for those that are only there for a comparison', () => {
    const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    const listed = execFileSync(process.execPath, [compiler, '-p', 'tsconfig.scripts.json', '--listFilesOnly'], {
      cwd: ROOT,
      encoding: 'utf8',
    }).split('\n');
    const all = tracked('*.js', '*.mjs', '*.cjs').filter((file) => !file.startsWith('bench/peers/'));

    expect(all).toContain('scripts/dev.mjs');
    expect(all.filter((file) => !listed.includes(join(ROOT, file)))).toEqual([]);
    expect(scripts['check']).toContain('tsc -p tsconfig.scripts.json');
  });
});

describe('the lockfile', () => {
  it('names no registry', () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { resolved?: string }>;
    };

    expect(Object.values(packages).filter(({ resolved }) => resolved?.includes('://'))).toEqual([]);
  });
});
