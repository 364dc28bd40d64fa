import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import dockerignore from '@balena/dockerignore';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Image, replayDockerfile, startInImage } from '../support/docker-steps.js';
import { ROOT } from '../support/process.js';

/** Installs twice from the registry. */
const BUILD_TIMEOUT_MS = 900_000;

/** A failed one takes the time that a process needs to start, so these are many times what a boot takes. */
const MAX_HEALTHCHECKS = 100;

/** What may lie in a checkout, and must not get into an image. */
const PLANTED = [
  '.env',
  '.env.local',
  'src/.env',
  '.git/config',
  'node_modules/x/index.js',
  'dist/old.js',
  'client/dist/old.js',
  'dashboard/.env',
  'key.pem',
  'test/x.ts',
];

const packageJson = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: { start: string };
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

const packageLock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, { dev?: boolean }>;
};

/** All files below a folder, as paths from there; not those of packages. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((file) => !file.startsWith('node_modules/'));
}

/** The build context of a checkout that has more in it than git knows. */
function buildContext(target: string): string {
  const known = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  const files = known
    .toString()
    .split('\0')
    .filter((file) => file !== '' && existsSync(join(ROOT, file)));
  const isSent = dockerignore
    .default()
    .add(readFileSync(join(ROOT, '.dockerignore'), 'utf8'))
    .createFilter();

  for (const file of [...files, ...PLANTED].filter(isSent)) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    if (PLANTED.includes(file)) writeFileSync(join(target, file), 'planted');
    else cpSync(join(ROOT, file), join(target, file));
  }

  return target;
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');

  return `${port}`;
}

/** Also what a shell would leave behind. */
function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // That there is none any more is how it should be.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

describe('the image', () => {
  let folder: string;
  let context: string;
  let image: Image;
  let app: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'hub-image-'));
    // The hub runs as another user.
    chmodSync(folder, 0o755);
    context = buildContext(join(folder, 'context'));
    image = replayDockerfile(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'), context, join(folder, 'stages'));
    app = join(image.root, image.workdir);
  }, BUILD_TIMEOUT_MS);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is built from what the build needs and nothing else', () => {
    const needed = [
      /^(package(-lock)?|nest-cli|tsconfig(\.build)?)\.json$/,
      /^scripts\/build\.mjs$/,
      /^src\/(.+\.ts|docs\/docs\.css)$/,
      /^(client|dashboard)\/(package|tsconfig(\.\w+)?)\.json$/,
      /^(client|dashboard)\/src\/.+\.tsx?$/,
      /^dashboard\/(vite\.config\.ts|index\.html|src\/.+\.css|public\/[\w.-]+\.svg)$/,
    ];

    expect(filesIn(context).filter((file) => !needed.some((pattern) => pattern.test(file)))).toEqual([]);
  });

  it('holds the built hub and its production dependencies, and no source, test or secret', () => {
    const files = filesIn(app);

    expect(readdirSync(app).toSorted()).toEqual(['dist', 'node_modules', 'package.json']);
    expect(files).toContain('dist/main.js');
    expect(files).toContain('dist/dashboard/index.html');
    expect(
      files.filter(
        (file) => !/^(package\.json|dist\/(\.built|.+\.js(\.map)?|dashboard\/.+|docs\/docs\.css))$/.test(file),
      ),
    ).toEqual([]);
  });

  it('holds every dependency and no dev dependency', () => {
    const isInstalled = (name: string): boolean => existsSync(join(app, 'node_modules', name));

    expect(Object.keys(packageJson.dependencies).filter((name) => !isInstalled(name))).toEqual([]);
    // A dependency may need one of them too, as types need types.
    const isForUsAlone = (name: string): boolean => packageLock.packages[`node_modules/${name}`]?.dev === true;
    expect(Object.keys(packageJson.devDependencies).filter((name) => isInstalled(name) && isForUsAlone(name))).toEqual(
      [],
    );
    expect(Object.keys(packageJson.devDependencies).filter(isForUsAlone)).toContain('typescript');
  });

  it('runs node itself, as a user without rights, on a maintained Node that is named by digest', () => {
    const flagsOfStart = packageJson.scripts.start.split(' ').filter((word) => word.startsWith('--'));

    expect(image).toMatchObject({
      base: expect.stringMatching(/^node:24\.\d+\.\d+-bookworm-slim@sha256:[0-9a-f]{64}$/),
      user: 'node',
      cmd: ['node', ...flagsOfStart, 'dist/main.js'],
      stopSignal: 'SIGTERM',
      exposed: ['8000'],
      env: { NODE_ENV: 'production', HOST: '0.0.0.0', PORT: '8000' },
      labels: { 'org.opencontainers.image.title': 'dogmonitor-hub', 'org.opencontainers.image.licenses': 'MIT' },
    });
    const bases = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').match(/^FROM \S+/gm);
    expect(new Set(bases).size).toBe(1);
  });

  it('is healthy when it serves and not before, and ends with 0 when told to stop', async () => {
    const environment = { PORT: await freePort() };
    const healthcheck = async (): Promise<number> =>
      ((await once(startInImage(image, image.healthcheck, environment), 'exit')) as [number])[0];

    expect(await healthcheck()).toBe(1);

    const hub = startInImage(image, image.cmd, environment);
    const ended = once(hub, 'exit');
    try {
      let code = 1;
      for (let tries = 0; code !== 0 && tries < MAX_HEALTHCHECKS; tries++) code = await healthcheck();
      expect(code).toBe(0);

      hub.kill('SIGTERM');

      expect(await ended).toEqual([0, null]);
    } finally {
      endGroup(hub);
    }
  });
});

describe('the replay of a Dockerfile', () => {
  it.each([
    ['an instruction it does not know', 'ADD a b', 'ADD is not replayed'],
    ['a flag it does not know', 'COPY --link=true a b', 'COPY --link is not replayed'],
    ['a COPY of what is not in the context', 'COPY nowhere.json ./', 'nowhere.json is not there'],
    ['a COPY from no stage', 'COPY --from=nobody /a ./', 'no stage named nobody'],
    ['a RUN that would leave its folder', 'RUN rm -rf /app', 'RUN with an absolute path'],
    ['a RUN that fails', 'RUN exit 3', 'Command failed: sh -c exit 3'],
  ])('refuses %s', (_, step, message) => {
    const folder = mkdtempSync(join(tmpdir(), 'hub-replay-'));

    try {
      expect(() => replayDockerfile(`FROM node\n${step}\n`, folder, join(folder, 'stages'))).toThrow(message);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
