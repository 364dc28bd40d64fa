import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';

/** What a build leaves: a folder that stands for the file system of the image, and how to run it. */
export interface Image {
  root: string;
  /** The image that the stage is built from. */
  base: string;
  workdir: string;
  env: Record<string, string>;
  labels: Record<string, string>;
  exposed: string[];
  user?: string;
  stopSignal?: string;
  cmd: string[];
  healthcheck: string[];
}

interface Step {
  name: string;
  flags: Record<string, string>;
  rest: string;
}

const FLAGS: Record<string, string[]> = {
  COPY: ['--from'],
  HEALTHCHECK: ['--interval', '--timeout', '--start-period', '--retries'],
};

/** An install from a slow registry takes a minute; one that hangs must not hang the tests. */
const RUN_TIMEOUT_MS = 600_000;

/** The user that the official Node images call `node`. */
const NODE_USER = { uid: 1000, gid: 1000 };
const PATH = [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':');

/** How this machine reaches the registry; in a real build the network is simply there. */
const NETWORK = Object.fromEntries(
  Object.entries(process.env).filter(([key]) =>
    /^(HOME|NODE_EXTRA_CA_CERTS|npm_config_(registry|userconfig|globalconfig|cache)|(https?|no)_proxy)$/i.test(key),
  ),
);

/**
 * Builds a Dockerfile without Docker: each stage is a folder under `target`, absolute paths are paths in that folder,
 * and the base image is this machine's Node. Knows what this project's Dockerfile uses; anything else is an error.
 * @param context folder with the build context, as `.dockerignore` leaves it
 */
export function replayDockerfile(dockerfile: string, context: string, target: string): Image {
  const stages = new Map<string, Image>();
  let stage: Image | undefined;

  for (const step of parse(dockerfile)) {
    if (step.name === 'FROM') {
      const [base = '', , alias = `${stages.size}`] = step.rest.split(/\s+/);
      stage = emptyImage(base, join(target, alias));
      stages.set(alias, stage);
    } else if (stage) {
      apply(stage, step, step.flags['--from'] === undefined ? context : rootOf(stages, step.flags['--from']));
    }
  }

  if (!stage) throw new Error('no FROM');

  return stage;
}

/**
 * Starts a command as the image would, with its environment and its user (this one where the test is not root), in a
 * process group of its own.
 */
export function startInImage(
  image: Image,
  command: readonly string[],
  environment: Record<string, string>,
): ChildProcess {
  const [file = '', ...args] = command;
  const isRoot = process.getuid?.() === 0;

  return spawn(file, args, {
    cwd: join(image.root, image.workdir),
    env: { PATH, ...image.env, ...environment },
    stdio: 'ignore',
    detached: true,
    ...(isRoot && image.user === 'node' && NODE_USER),
  });
}

function parse(dockerfile: string): Step[] {
  const lines = dockerfile.replaceAll(/^\s*#.*\n/gm, '').replaceAll(/\\\n\s*/g, '');

  return lines.split('\n').flatMap((line) => {
    const match = /^(\w+)((?:\s+--\S+)*)\s+(.+)$/.exec(line);
    if (!match) return line.trim() === '' ? [] : fail(`not an instruction: ${line}`);

    const [, name = '', flags = '', rest = ''] = match;
    const unknown = Object.keys(pairs(flags)).filter((flag) => !FLAGS[name]?.includes(flag));
    return unknown.length > 0
      ? fail(`${name} ${unknown.join(' ')} is not replayed`)
      : { name, flags: pairs(flags), rest };
  });
}

function apply(image: Image, { name, rest }: Step, from: string): void {
  switch (name) {
    case 'WORKDIR':
      image.workdir = posix.resolve(image.workdir, rest);
      mkdirSync(join(image.root, image.workdir), { recursive: true });
      return;
    case 'COPY':
      return copy(image, from, rest.split(/\s+/));
    case 'RUN':
      return run(image, rest);
    case 'ENV':
      Object.assign(image.env, pairs(rest));
      return;
    case 'LABEL':
      Object.assign(image.labels, pairs(rest));
      return;
    case 'EXPOSE':
      image.exposed.push(rest);
      return;
    case 'USER':
      image.user = rest;
      return;
    case 'STOPSIGNAL':
      image.stopSignal = rest;
      return;
    case 'HEALTHCHECK':
      image.healthcheck = execForm(rest.replace(/^CMD\s+/, ''));
      return;
    case 'CMD':
      image.cmd = execForm(rest);
      return;
    default:
      fail(`${name} is not replayed`);
  }
}

function copy(image: Image, from: string, paths: readonly string[]): void {
  const sources = paths.slice(0, -1).map((path) => join(from, path));
  const to = paths.at(-1) ?? '';
  const destination = join(image.root, posix.resolve(image.workdir, to));

  for (const source of sources) {
    if (!existsSync(source)) fail(`COPY: ${source} is not there`);
    // Docker copies what is in a folder, and a file into a place that ends with a slash.
    const isInto = statSync(source).isFile() && /(^|\/)\.?\/?$/.test(to);
    cpSync(source, isInto ? join(destination, basename(source)) : destination, {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
}

function run(image: Image, command: string): void {
  // It would be a path of this machine, and this may be root.
  if (/(^|[\s='"])\//.test(command)) fail(`RUN with an absolute path is not replayed: ${command}`);

  execFileSync('sh', ['-c', command], {
    cwd: join(image.root, image.workdir),
    env: { ...NETWORK, PATH, ...image.env },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: RUN_TIMEOUT_MS,
  });
}

function rootOf(stages: ReadonlyMap<string, Image>, name: string): string {
  return stages.get(name)?.root ?? fail(`no stage named ${name}`);
}

function emptyImage(base: string, root: string): Image {
  mkdirSync(root, { recursive: true });

  return { root, base, workdir: '/', env: {}, labels: {}, exposed: [], cmd: [], healthcheck: [] };
}

/** `KEY=value` and `KEY="a value"`, any number of them. */
function pairs(text: string): Record<string, string> {
  const matches = Array.from(text.matchAll(/([\w.-]+)=("[^"]*"|\S+)/g));

  return Object.fromEntries(matches.map(([, key = '', value = '']) => [key, value.replaceAll('"', '')]));
}

/** A command that Docker starts itself; one in shell form gets a shell in between. */
function execForm(rest: string): string[] {
  return rest.startsWith('[') ? (JSON.parse(rest) as string[]) : ['sh', '-c', rest];
}

function fail(message: string): never {
  throw new Error(message);
}
