import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { ROOT } from '../../../test/support/process.js';
import type { TestHub } from '../../../test/support/hub.js';

/** In a process of its own, since the bundler does not run in Jest's. */
export async function bundlePage(file: string, ...flags: ('--dev' | '--guide')[]): Promise<string> {
  const args = [
    '--import',
    './test/chaos/typescript.mjs',
    'client/test/support/bundle-page.ts',
    ...flags,
    `client/test/react/${file}`,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 });

  return stdout;
}

/**
 * Counts what a page holds on to: `held()` gives the sockets it has made and those not closed, the timers and frames that
 * are to come, and the listeners on the window and the document, less those there were at the start.
 */
const COUNTERS = `(() => {
  let made = 0;
  const sockets = new Set(), timers = new Set(), listeners = new Map();
  const Original = WebSocket;
  window.WebSocket = class extends Original {
    constructor(...args) {
      super(...args);
      made++;
      sockets.add(this);
      super.addEventListener('close', () => sockets.delete(this));
    }
  };
  for (const [set, clear, once] of [
    ['setTimeout', 'clearTimeout', true], ['setInterval', 'clearInterval', false],
    ['requestAnimationFrame', 'cancelAnimationFrame', true],
  ]) {
    const [start, stop] = [window[set].bind(window), window[clear].bind(window)];
    window[set] = (run, ...rest) => {
      const id = start((...args) => { if (once) timers.delete(set + id); run(...args); }, ...rest);
      timers.add(set + id);
      return id;
    };
    window[clear] = (id) => { timers.delete(set + id); stop(id); };
  }
  for (const target of [window, document]) {
    const [add, remove] = [target.addEventListener.bind(target), target.removeEventListener.bind(target)];
    const key = (type, run) => { if (!listeners.has(run)) listeners.set(run, new Set()); return listeners.get(run).add(type); };
    target.addEventListener = (type, run, ...rest) => { if (run) key(type, run); add(type, run, ...rest); };
    target.removeEventListener = (type, run, ...rest) => {
      listeners.get(run)?.delete(type);
      if (listeners.get(run)?.size === 0) listeners.delete(run);
      remove(type, run, ...rest);
    };
  }
  window.held = () => ({ made, sockets: sockets.size, timers: timers.size,
    listeners: [...listeners.values()].reduce((sum, types) => sum + types.size, 0) });
})()`;

export interface Held {
  made: number;
  sockets: number;
  timers: number;
  listeners: number;
}

/** A new page that runs a script of the site, told where the hub is. */
export async function openReactPage(browser: Browser, siteUrl: string, script: string, hub: TestHub): Promise<Page> {
  const page = await browser.newPage();
  await page.addInitScript(COUNTERS);
  await page.goto(`${siteUrl}/?hub=${new URL(hub.url).host}`);
  await page.addScriptTag({ type: 'module', url: script });

  return page;
}

export function held(page: Page): Promise<Held> {
  return page.evaluate<Held>('held()');
}
