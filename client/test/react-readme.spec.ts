import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { ROOT } from '../../test/support/process.js';

const readme = readFileSync(join(ROOT, 'client/README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```(tsx?)\n([^]*?)^```/gm)].map(([, extension = '', text = '']) => ({
  extension,
  text,
}));

/** As much of the packages of the recipes as these need: they are no dependencies of the client. */
const OTHERS = `
declare module '@tanstack/react-query' {
  export class QueryClient {
    invalidateQueries(filters?: { queryKey?: readonly unknown[] }): Promise<void>;
    setQueryData<T>(key: readonly unknown[], update: (before: T | undefined) => T | undefined): T | undefined;
  }
}
declare module 'zustand' {
  export function create<T>(initial: () => T): { (): T; setState(part: Partial<T>): void };
}
declare module 'vue' {
  export function shallowRef<T>(value: T): { value: T };
  export function shallowRef<T>(): { value: T | undefined };
  export function onScopeDispose(run: () => void): void;
}
`;

describe('the README of the client', () => {
  it('shows code that compiles as strictly as the project', () => {
    const folder = join(ROOT, 'client/test');
    const texts = new Map([
      [join(folder, 'others.d.ts'), OTHERS],
      ...blocks.map(({ extension, text }, i) => [join(folder, `readme-${i}.${extension}`), text] as const),
    ]);
    const read = ts.getParsedCommandLineOfConfigFile(join(ROOT, 'client/tsconfig.json'), undefined, {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: () => undefined,
    });
    const options: ts.CompilerOptions = { ...read?.options, noEmit: true, noUnusedLocals: false };
    const host = ts.createCompilerHost(options);
    const onDisk = ts.createCompilerHost(options);
    host.fileExists = (path) => texts.has(path) || onDisk.fileExists(path);
    host.getSourceFile = (path, ...rest) => {
      const text = texts.get(path);

      return text === undefined
        ? onDisk.getSourceFile(path, ...rest)
        : ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
    };

    const program = ts.createProgram([...texts.keys()], options, host);
    const problems = [...texts.keys()].flatMap((path) => {
      const file = program.getSourceFile(path);

      return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    });

    expect(blocks.length).toBeGreaterThan(7);
    expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))).toEqual([]);
  });

  it('shows the example that is tried in Chromium', () => {
    const example = readFileSync(join(ROOT, 'client/test/react/guide-example.tsx'), 'utf8');

    expect(blocks.map(({ text }) => text)).toContain(example);
  });

  it('begins with five lines', () => {
    expect(blocks[0]?.text.split('\n').filter(Boolean).length).toBeLessThanOrEqual(5);
  });

  it.each([
    ['client/src/types.ts', 'HubClientOptions', 'Options of `createHubClient`'],
    ['client/src/overlay/draw-overlay.ts', 'DrawOptions', 'Overlays on a video'],
    ['client/src/overlay/freshness.ts', 'AgeOptions', 'Overlays on a video'],
    ['client/src/show/show-overlays.ts', 'ShowOptions', 'Overlays on a video'],
  ])('names every option of %s', (path, name, heading) => {
    const source = readFileSync(join(ROOT, path), 'utf8');
    const body = new RegExp(`interface ${name}[^{]*{\\n([^]*?)^}`, 'm').exec(source)?.[1] ?? '';
    const options = [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, option = '']) => option);
    const section = readme.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';

    expect(options.length).toBeGreaterThan(3);
    expect(options.filter((option) => !section.includes(`\`${option}\``))).toEqual([]);
  });
});
