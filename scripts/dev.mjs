// npm run dev: the hub from its source, and the page from its own, both at the address of the hub. The hub starts again
// when src/ or .env changes, and the page reloads. Nothing is built. Arguments are Node's for the hub, such as --inspect.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import '../test/chaos/typescript.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
/** What the hub answers; all else is the page. */
const PATHS_OF_HUB = ['/api', '/health', '/metrics', '/ws'];
/** An editor writes several files at once, in ms. */
const SETTLE_MS = 100;
/** How long the hub may take to end before it is ended, in ms. */
const STOP_MS = 5_000;
/** How often to look whether who started this is still there, in ms. */
const PARENT_POLL_MS = 500;
/** Ends the hub with this process, however that ends: no signal handler runs after `kill -9`. */
const LIFELINE = `data:text/javascript,${encodeURIComponent(
  'process.once("disconnect", () => process.kill(process.pid, "SIGTERM"))',
)}`;
const LOADER = new URL('../test/chaos/typescript.mjs', import.meta.url).href;

process.chdir(root);
const environment = { ...process.env };
const config = await loadConfig();
const hubPort = await freePort();
const page = await servePage();

/** @type {import('node:child_process').ChildProcess | undefined} */
let hub;
let isRestarting = false;
let isStopping = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
const { parent, npm } = ancestors();
setInterval(() => (process.ppid !== parent || !isAlive(npm)) && stop(), PARENT_POLL_MS);
watchSources();
startHub();

async function loadConfig() {
  // Only from here on does Node take TypeScript.
  const { loadHubConfig } = await import('../src/config/hub-config.js');
  try {
    return loadHubConfig();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return process.exit(1);
  }
}

async function freePort() {
  const server = createTcpServer().listen(0, 'localhost');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();

  return port;
}

/** @param {Pick<import('node:net').Server, 'address'> | null} server */
function portOf(server) {
  const address = server?.address();
  if (!address || typeof address === 'string') throw new Error('not listening');

  return address.port;
}

async function servePage() {
  // The browser's own Host and Origin go through, since the hub compares them.
  const target = { target: `http://localhost:${hubPort}`, ws: true };
  const server = await createServer({
    configFile: join(root, 'dashboard/vite.config.ts'),
    cacheDir: join(root, 'node_modules/.vite'),
    clearScreen: false,
    logLevel: 'warn',
    server: {
      host: config.host,
      port: config.port,
      strictPort: true,
      proxy: Object.fromEntries(PATHS_OF_HUB.map((path) => [path, target])),
    },
  });

  try {
    return await server.listen();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return process.exit(1);
  }
}

function startHub() {
  isRestarting = false;
  hub = spawn(process.execPath, [...process.argv.slice(2), '--import', LIFELINE, '--import', LOADER, 'src/main.ts'], {
    env: { ...environment, HOST: 'localhost', PORT: String(hubPort) },
    stdio: ['inherit', 'pipe', 'inherit', 'ipc'],
  });
  // All that the hub says of its address holds for the page's, and that one stays.
  const port = portOf(page.httpServer);
  hub.stdout?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
    process.stdout.write(text.replaceAll(`localhost:${hubPort}`, `localhost:${port}`));
  });
  hub.once('exit', handleExit);
}

function handleExit() {
  hub = undefined;
  if (isStopping) process.exit();
  if (isRestarting) startHub();
  else console.error('the hub has ended; it starts again when a file changes');
}

/** Who started this. Under npm a shell stands between that may outlive it, so npm itself counts. */
function ancestors() {
  const parent = process.ppid;
  const isUnderNpm = process.env.npm_lifecycle_event !== undefined && process.platform !== 'win32';
  const { stdout } = isUnderNpm ? spawnSync('ps', ['-o', 'ppid=', '-p', String(parent)]) : { stdout: '' };

  return { parent, npm: Number(stdout) || parent };
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's may run without this one's leave to signal it.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function watchSources() {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const sources = [join(root, 'src'), join(root, '.env')];

  page.watcher.add(sources).on('all', (_, path) => {
    if (!sources.some((source) => path === source || path.startsWith(`${source}${sep}`))) return;
    clearTimeout(timer);
    timer = setTimeout(restartHub, SETTLE_MS);
  });
}

function restartHub() {
  if (isStopping) return;

  isRestarting = true;
  if (hub) endHub(hub);
  else startHub();
}

function stop() {
  if (isStopping) return;

  isStopping = true;
  if (hub) endHub(hub);
  else process.exit();
}

/** @param {import('node:child_process').ChildProcess} child */
function endHub(child) {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  child.once('exit', () => clearTimeout(timer));
}
