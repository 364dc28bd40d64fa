import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestClient } from '../support/client.js';
import { get, post } from '../support/http.js';
import { freePort } from '../support/redis.js';
import { ROOT, startNode } from '../support/process.js';

/** Installs twice from the registry, and compiles the hub twice. */
const INSTALL_TIMEOUT_MS = 900_000;

interface Packed {
  filename: string;
  files: { path: string }[];
}

/** What npm says goes to stderr of the test run where it fails. */
function run(cwd: string, file: string, ...args: string[]): string {
  return execFileSync(file, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

describe('the package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hub-package-'));
  let packed: Packed;
  let tarball: string;

  beforeAll(() => {
    [packed] = JSON.parse(run(ROOT, 'npm', 'pack', '--json', '--loglevel=error', '--pack-destination', folder)) as [
      Packed,
    ];
    tarball = join(folder, packed.filename);
  }, INSTALL_TIMEOUT_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds the hub, its page, its types and its licence, and no source or test', () => {
    const paths = packed.files.map(({ path }) => path);

    expect(paths).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'dist/main.js',
        'dist/public-api.js',
        'dist/public-api.d.ts',
        'dist/cjs/public-api.js',
        'dist/dashboard/index.html',
        'dist/docs/docs.css',
      ]),
    );
    expect(paths.filter((path) => /^(src|test|bench|\.env)|\.map$/.test(path))).toEqual([]);
  });

  it.each([
    ['publint', ['publint/src/cli.js', '--strict']],
    ['attw', ['@arethetypeswrong/cli/dist/index.js', '--profile', 'node16']],
  ])('is clean for %s', (_name, [program = '', ...args]) => {
    run(folder, process.execPath, join(ROOT, 'node_modules', program), tarball, ...args);
  });

  describe.each(['12', '11'])('in an application of Nest %s, installed into an empty folder', (major) => {
    const app = join(folder, `nest-${major}`);

    beforeAll(() => {
      cpSync(join(ROOT, 'examples/nest-app'), app, {
        recursive: true,
        filter: (path) => !/\/(node_modules|dist)$/.test(path),
      });
      const manifest = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')) as {
        dependencies: Record<string, string>;
        devDependencies: Record<string, string>;
      };
      for (const list of [manifest.dependencies, manifest.devDependencies]) {
        for (const name of Object.keys(list)) if (name.startsWith('@nestjs/')) list[name] = `^${major}`;
      }
      manifest.dependencies['dogmonitor-hub'] = `file:${tarball}`;
      manifest.dependencies['@nestjs/platform-express'] = `^${major}`;
      writeFileSync(join(app, 'package.json'), JSON.stringify(manifest));
      run(app, 'npm', 'install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund');
      run(app, 'npm', 'run', 'build');
    }, INSTALL_TIMEOUT_MS);

    it('passes the unit test of a module that injects EventsService', () => {
      expect(run(app, 'npm', 'test')).toMatch(/# pass 1/);
    });

    it('runs beside the controller, the guard and the gateway of the application', async () => {
      const port = await freePort();
      const child = startNode([join(app, 'dist/main.js')], { PORT: String(port) });
      try {
        await child.printed(/listening on/);
        const url = `http://127.0.0.1:${port}`;
        const client = await TestClient.open(`ws://127.0.0.1:${port}/ws/ui`);
        const event = { event_type: 'sit', data: {} };
        const word = { 'content-type': 'application/json', 'x-word': 'fetch' };

        expect(await (await fetch(url)).text()).toBe('the kennel');
        expect(await post(`${url}/api/events/broadcast`, event)).toMatchObject({ status: 403 });
        expect(await post(`${url}/api/events/broadcast`, event, word)).toMatchObject({ status: 202 });
        expect(await client.settled()).toMatchObject([event]);
        expect((await get(`${url}/health/live`)).status).toBe(200);

        const closed = client.closed;
        child.child.kill('SIGTERM');
        expect((await closed).code).toBe(1001);
        await child.exited;
      } finally {
        await child.kill();
      }
    });

    it('is there for require too', () => {
      const program = `
        require('reflect-metadata');
        const { HubModule, EventsService } = require('dogmonitor-hub');
        const { HubTestingModule } = require('dogmonitor-hub/testing');
        console.log(typeof HubModule.forRoot, typeof EventsService, typeof HubTestingModule.create);`;

      expect(run(app, process.execPath, '--no-warnings', '-e', program).trim()).toBe('function function function');
    });

    it('refuses Express at boot, and says which platform it needs', () => {
      writeFileSync(
        join(app, 'express.mjs'),
        `import 'reflect-metadata';
         import { NestFactory } from '@nestjs/core';
         import { HubModule } from 'dogmonitor-hub';
         await NestFactory.create(HubModule.forRoot({}), { abortOnError: false, logger: false }).catch((error) => console.log(error.message));`,
      );

      expect(run(app, process.execPath, 'express.mjs')).toContain('@nestjs/platform-fastify');
    });
  });

  it('leaves nothing in the checkout', () => {
    expect(existsSync(join(ROOT, packed.filename))).toBe(false);
  });
});
