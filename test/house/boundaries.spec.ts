import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT } from '../support/process.js';

const CONFIG = join(ROOT, '.dependency-cruiser.cjs');
const CRUISER = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

/** Files whose import the rules forbid, and the rule that each breaks. */
const FORBIDDEN: [rule: string, file: string, target: string][] = [
  ['src/protocol-imports', 'src/protocol/bad.ts', '../config/ok.js'],
  ['protocol-is-pure', 'src/protocol/bad-builtin.ts', 'node:fs'],
  ['protocol-is-pure', 'src/protocol/bad-package.ts', 'installed'],
  ['src/config-imports', 'src/config/bad.ts', '../protocol/ok.js'],
  ['src/access-imports', 'src/access/bad.ts', '../relay/relay.js'],
  ['src/redis-imports', 'src/redis/bad.ts', '../protocol/ok.js'],
  ['src/relay-imports', 'src/relay/bad.ts', '../events/ok.js'],
  ['src/connection-imports', 'src/connection/bad.ts', '../relay/relay.js'],
  ['src/hub-imports', 'src/hub/bad.ts', '../gateway/ok.js'],
  ['src/hub-imports', 'src/hub/bad-ring.ts', '../relay/ring.js'],
  ['src/events-imports', 'src/events/bad.ts', '../http/ok.js'],
  ['src/http-imports', 'src/http/bad.ts', '../relay/ring.js'],
  ['src/http-imports', 'src/http/dto/bad-root.ts', '../../hub.module.js'],
  ['src/microservice-imports', 'src/microservice/bad.ts', '../relay/ring.js'],
  ['src/gateway-imports', 'src/gateway/bad.ts', '../events/ok.js'],
  ['src/gateway-imports', 'src/gateway/bad-relay.ts', '../relay/relay.js'],
  ['src/health-imports', 'src/health/bad.ts', '../http/ok.js'],
  ['src/metrics-imports', 'src/metrics/bad.ts', '../events/ok.js'],
  ['src/cli-imports', 'src/cli/bad.ts', '../config/ok.js'],
  ['src/page-imports', 'src/page/bad.ts', '../hub/ok.js'],
  ['src/docs-imports', 'src/docs/bad.ts', '../gateway/ok.js'],
  ['client/src-imports', 'client/src/bad.ts', '../../src/events/ok.js'],
  ['client-needs-nothing', 'client/src/bad-builtin.ts', 'node:fs'],
  ['client-needs-nothing', 'client/src/bad-package.ts', 'installed'],
  ['dashboard-imports', 'dashboard/bad.ts', '../src/protocol/ok.js'],
  ['src-stands-alone', 'src/bad.ts', '../client/src/ok.js'],
  ['gateway-is-a-leaf', 'src/main.ts', './gateway/ok.js'],
  ['memory-relay-behind-the-port', 'src/relay/ring-bad.ts', './memory-relay.js'],
  ['redis-relay-behind-the-port', 'src/relay/memory-bad.ts', './redis/script.js'],
  ['no-unresolvable', 'src/events/nowhere.ts', './not-there.js'],
  ['only-dependencies', 'src/events/dev.ts', 'for-tests'],
  ['only-dependencies', 'src/events/unlisted.ts', 'unlisted'],
];

/** Files whose import the rules allow, one for each way that the design names. */
const ALLOWED: [file: string, target: string][] = [
  ['src/hub.module.ts', './gateway/ok.js'],
  ['src/access/ok.ts', '../protocol/ok.js'],
  ['src/relay/relay.ts', '../protocol/ok.js'],
  ['src/relay/ring.ts', '../config/ok.js'],
  ['src/relay/memory-relay.ts', './relay.js'],
  ['src/redis/ok.ts', '../config/ok.js'],
  ['src/relay/redis/script.ts', '../relay.js'],
  ['src/relay/redis/redis-relay.ts', './script.js'],
  ['src/relay/redis/client.ts', '../../redis/ok.js'],
  ['src/relay/relay.module.ts', './redis/redis-relay.js'],
  ['src/events/ok.ts', '../relay/ring.js'],
  ['src/http/ok.ts', '../events/ok.js'],
  ['src/microservice/ok.ts', '../access/ok.js'],
  ['src/connection/ok.ts', '../protocol/ok.js'],
  ['src/hub/ok.ts', '../relay/relay.js'],
  ['src/hub/connections.module.ts', '../relay/relay.module.js'],
  ['src/http/ok-hub.ts', '../hub/ok.js'],
  ['src/gateway/ok.ts', '../hub/ok.js'],
  ['src/health/ok.ts', '../relay/relay.js'],
  ['src/metrics/ok.ts', '../relay/relay.js'],
  ['src/cli/ok.ts', '../protocol/ok.js'],
  ['src/page/ok.ts', '../protocol/ok.js'],
  ['src/page/ok-config.ts', '../config/ok.js'],
  ['src/docs/ok.ts', '../http/dto/ok.js'],
  ['src/docs/ok-config.ts', '../config/ok.js'],
  ['src/http/dto/ok.ts', '../../protocol/ok.js'],
  ['client/src/ok.ts', '../../src/protocol/ok.js'],
  ['client/src/ok-react.ts', 'react'],
  ['dashboard/ok.ts', '../client/src/ok.js'],
  ['src/config/ok.ts', 'installed'],
  ['src/protocol/ok.ts', './leaf.js'],
];

const READS_ENVIRONMENT = /\bprocess(\.env\b|\[|['"])|\benv\b.*=\s*process\b/;

/** Conventions of terminals (no-color.org, POSIX) are no configuration of the hub. */
function withoutTerminal(path: string, text: string): string {
  return path.startsWith('src/cli/') ? text.replaceAll(/process\.env\['(NO_COLOR|COLUMNS)'\]/g, '') : text;
}

/** What no import shows; `example` is a file that breaks the rule. */
const FILE_RULES: { rule: string; isBroken: (path: string, text: string) => boolean; example: [string, string] }[] = [
  {
    rule: 'reads the environment in config, the flags of V8 among it, and what terminals say of themselves in cli',
    isBroken: (path, text) =>
      !/^src\/config\/(hub-config|heap-limits)\.ts$/.test(path) && READS_ENVIRONMENT.test(withoutTerminal(path, text)),
    example: ['src/cli/a.ts', "if (process.env['NO_COLOR'] || process.env.HOST) console.log(1);"],
  },
  {
    rule: 'has no forwardRef',
    isBroken: (_, text) => /\bforwardRef\b/.test(text),
    example: ['src/http/a.module.ts', 'imports: [forwardRef(() => EventsModule)]'],
  },
  {
    rule: 'has no barrels',
    isBroken: (path) => /^index\.[cm]?tsx?$/.test(basename(path)),
    example: ['src/relay/index.ts', "export * from './relay.js';"],
  },
  {
    rule: 'has no folder for everything',
    isBroken: (path) => /\/(common|utils?)\//.test(path),
    example: ['src/http/utils/a.ts', 'export const a = 1;'],
  },
];

interface Violation {
  rule: string;
  file: string;
}

/** Runs the rules as `npm run boundaries` does, over what there is of the folders they are about. */
function violationsIn(root: string): Violation[] {
  const folders = ['src', 'client', 'dashboard'].filter((folder) => existsSync(join(root, folder)));
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [CRUISER, ...folders, '--config', CONFIG, '--output-type', 'json'],
    { cwd: root, encoding: 'utf8' },
  );
  if (!stdout) throw new Error(`dependency-cruiser failed: ${stderr}`);
  const { summary } = JSON.parse(stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } };

  return summary.violations.map(({ from, rule }) => ({ rule: rule.name, file: from }));
}

function sourceFiles(): { path: string; text: string }[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: file.slice(ROOT.length), text: readFileSync(file, 'utf8') }));
}

describe('who may import whom', () => {
  it('holds for every file there is', () => {
    expect(violationsIn(ROOT)).toEqual([]);
  });

  it('has a rule for every folder of src', () => {
    const { forbidden } = createRequire(import.meta.url)(CONFIG) as { forbidden: { name: string }[] };
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());

    expect(forbidden.map(({ name }) => name)).toEqual(
      expect.arrayContaining(folders.map(({ name }) => `src/${name}-imports`)),
    );
  });

  describe('in a tree that breaks them', () => {
    let root: string;
    let violations: Violation[];

    beforeAll(() => {
      root = mkdtempSync(join(tmpdir(), 'hub-boundaries-'));
      const importing = (files: [string, string][]): [string, string][] =>
        files.map(([file, target]) => [
          file,
          target.startsWith('.') ? `import type { A } from '${target}';\nexport type B = A;` : `import '${target}';`,
        ]);
      const npmPackage = (name: string): [string, string][] => [
        [`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' })],
        [`node_modules/${name}/index.js`, ''],
      ];
      const files = [
        ['package.json', '{"dependencies":{"installed":"1"},"devDependencies":{"for-tests":"1"}}'],
        ...['installed', 'for-tests', 'unlisted', 'react'].flatMap(npmPackage),
        ...importing(ALLOWED),
        ...importing(FORBIDDEN.map(([, file, target]) => [file, target])),
        ...importing([
          ['src/events/cycle-a.ts', './cycle-b.js'],
          ['src/events/cycle-b.ts', './cycle-a.js'],
        ]),
        ['src/protocol/leaf.ts', 'export type A = 1;'],
      ] as [string, string][];
      for (const [file, text] of files) {
        mkdirSync(join(root, dirname(file)), { recursive: true });
        writeFileSync(join(root, file), text);
      }
      violations = violationsIn(root);
    });

    afterAll(() => rmSync(root, { recursive: true, force: true }));

    it.each(FORBIDDEN)('%s forbids %s to import %s', (rule, file) => {
      expect(violations).toContainEqual({ rule, file });
    });

    it('no-cycles forbids two files to import each other', () => {
      expect(violations).toContainEqual({ rule: 'no-cycles', file: 'src/events/cycle-a.ts' });
    });

    it.each(ALLOWED)('%s may import %s', (file) => {
      expect(violations.filter((violation) => violation.file === file)).toEqual([]);
    });
  });
});

describe('the source', () => {
  it.each(FILE_RULES)('$rule', ({ isBroken, example }) => {
    expect(isBroken(...example)).toBe(true);
    expect(sourceFiles().filter(({ path, text }) => isBroken(path, text))).toEqual([]);
  });
});
