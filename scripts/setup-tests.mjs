// Runs before the tests: makes sure that the programs they start are here, and that dist/ is what src/ says. Installs
// what is missing where it may (Debian's apt-get as root, or sudo without a password), and says how where it may not.
// HUB_TESTS_INSTALL=no forbids it.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { buildIfStale } from './build.mjs';

/** Values of HUB_TESTS_INSTALL with which nothing is installed. */
const NO = ['no', 'false', 'off', '0'];

/** A program is here if one of its commands is. */
const PROGRAMS = [
  { name: 'redis-server', commands: ['redis-server'], debian: 'redis-server' },
  { name: 'chromium', commands: ['chromium', 'chromium-browser', 'google-chrome'], debian: 'chromium' },
];

const ADVICE = `
  Debian, Ubuntu   sudo apt-get install redis-server chromium
  macOS            brew install redis && brew install --cask chromium
  Windows          use WSL (wsl --install), and there the line for Ubuntu
`;

// Debian starts a new service at once; the tests start their own Redis, and nobody asked for another on port 6379.
const INSTALL = `
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' INT TERM
    printf '#!/bin/sh\\nexit 101\\n' > "$policy"
    chmod 755 "$policy"
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q
  apt-get install -yq --no-install-recommends "$@"
`;

/** @param {string} command */
function isHere(command) {
  const names = process.platform === 'win32' ? [`${command}.exe`, `${command}.cmd`] : [command];
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);

  return folders.some((folder) => names.some((name) => isExecutable(join(folder, name))));
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function missingPrograms() {
  return PROGRAMS.filter(({ commands }) => !commands.some(isHere));
}

/** How to run a command as root without asking anybody; `undefined` where that cannot be. */
function asRoot() {
  if (process.getuid?.() === 0) return [];

  const canSudo = isHere('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  return canSudo ? ['sudo', '-n'] : undefined;
}

/** @param {typeof PROGRAMS} programs */
function install(programs) {
  const mayInstall = !NO.includes(process.env.HUB_TESTS_INSTALL?.toLowerCase() ?? '');
  const prefix = mayInstall && process.platform === 'linux' && isHere('apt-get') ? asRoot() : undefined;
  if (!prefix) return;

  const packages = programs.map(({ debian }) => debian);
  console.error(
    `running apt-get as root to install ${packages.join(' and ')}, which the tests start; HUB_TESTS_INSTALL=no prevents it`,
  );
  const [command = 'sh', ...args] = [...prefix, 'sh', '-ec', INSTALL, 'sh', ...packages];
  spawnSync(command, args, { stdio: ['ignore', 2, 2] });
}

let missing = missingPrograms();
if (missing.length > 0) {
  install(missing);
  missing = missingPrograms();
}

if (missing.length > 0) {
  console.error(`the tests need ${missing.map(({ name }) => name).join(' and ')} in the PATH:\n${ADVICE}`);
  process.exit(1);
}

buildIfStale();
