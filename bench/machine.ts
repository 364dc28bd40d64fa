// What the operating system knows: which cores there are, what a process used, and what machine this is.
import { execFileSync, type ExecFileSyncOptionsWithStringEncoding } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { delimiter, join } from 'node:path';

const isLinux = process.platform === 'linux';

/** The path of a program, where it is installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The cores that this process may use, as `taskset` numbers them. */
function allowedCores(): number[] {
  const list = isLinux && /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  if (!list) return Array.from({ length: availableParallelism() }, (_, core) => core);

  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, n) => first + n);
  });
}

const [firstCore = 0, ...otherCores] = allowedCores();
const canPin = findProgram('taskset') !== undefined && otherCores.length > 0;

/** Cores for the server and for all that loads it; `undefined` where a process cannot be held to a core. */
export const CORES = {
  server: canPin ? [firstCore] : undefined,
  load: canPin ? otherCores : undefined,
};

/** How many processes the clients are spread over. */
export const LOAD_WORKERS = Math.min(4, Math.max(1, otherCores.length));

/** This process, and what it starts without further ado, stays off the core of the server. */
export function leaveServersCore(): void {
  if (CORES.load)
    execFileSync('taskset', ['-a', '-p', '-c', CORES.load.join(), String(process.pid)], { stdio: 'ignore' });
}

/** What a process has used so far. */
export interface Usage {
  cpuSeconds: number;
  residentBytes: number;
}

const ticksPerSecond = isLinux ? Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })) : 0;
const pageBytes = isLinux ? Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' })) : 0;

/** CPU time of all its threads, in user mode and in the kernel, and resident memory. */
export function usageOf(pid: number): Usage {
  return isLinux ? usageFromProc(pid) : usageFromPs(pid);
}

function usageFromProc(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the process may hold spaces; it ends at the last parenthesis, and field 3 follows.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);

  return { cpuSeconds: (field(14) + field(15)) / ticksPerSecond, residentBytes: field(24) * pageBytes };
}

function usageFromPs(pid: number): Usage {
  const output = execFileSync('ps', ['-o', 'time=,rss=', '-p', String(pid)], { encoding: 'utf8' });
  const [time = '', kilobytes = ''] = output.trim().split(/\s+/);
  const cpuSeconds = time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);

  return { cpuSeconds, residentBytes: Number(kilobytes) * 1024 };
}

/**
 * CPU time of the server's core that was not idle, in seconds, whoever used it, and what a hypervisor gave to others;
 * `undefined` where the server has no core of its own.
 */
export function busySeconds(): number | undefined {
  const core = isLinux ? CORES.server?.[0] : undefined;
  if (core === undefined) return undefined;

  const line = new RegExp(`^cpu${core} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? '';
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.split(' ').map(Number);
  return (user + nice + system + irq + softirq + steal) / ticksPerSecond;
}

/** Memory that the kernel holds for TCP on the whole machine, in bytes; `undefined` where it does not tell. */
export function kernelTcpBytes(): number | undefined {
  if (!isLinux) return undefined;

  const pages = /^TCP:.* mem (\d+)/m.exec(readFileSync('/proc/net/sockstat', 'utf8'))?.[1];
  return pages === undefined ? undefined : Number(pages) * pageBytes;
}

/** What a figure depends on. */
export interface Machine {
  date: string;
  commit: string;
  cpu: string;
  cores: number;
  memoryGiB: number;
  system: string;
  node: string;
  isPinned: boolean;
}

export function describeMachine(): Machine {
  return {
    date: new Date().toISOString().slice(0, 16),
    commit: commit(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    isPinned: canPin,
  };
}

function commit(): string {
  try {
    const options: ExecFileSyncOptionsWithStringEncoding = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
    const hash = execFileSync('git', ['rev-parse', '--short', 'HEAD'], options).trim();
    const isDirty = execFileSync('git', ['status', '--porcelain', 'src'], options) !== '';
    return isDirty ? `${hash} and changes` : hash;
  } catch {
    return 'unknown';
  }
}
