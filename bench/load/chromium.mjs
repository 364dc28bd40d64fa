// A Chromium of one's own, by its debugging protocol alone. Playwright holds every page for a visible one, whatever is
// done to it; here a tab behind another is hidden, as a person's is: no animation frames, timers once a second.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';

const FLAGS = ['--headless=new', '--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--no-first-run'];
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** One session of the protocol with one tab. */
export class Session {
  constructor(browser, sessionId) {
    Object.assign(this, { browser, sessionId });
  }

  send(method, params = {}) {
    return this.browser.send(method, params, this.sessionId);
  }

  async evaluate(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);

    return result.value;
  }
}

export class Chromium {
  #calls = new Map();
  #lastId = 0;
  #listeners = new Set();

  static async open({ width, height }) {
    const folder = mkdtempSync(join(tmpdir(), 'bench-chromium-'));
    const args = [`--user-data-dir=${folder}`, `--window-size=${width},${height}`, '--remote-debugging-port=0'];
    const program = process.env.CHROMIUM ?? '/usr/bin/chromium';
    // A group of its own: what it starts ends with it.
    const child = spawn(program, [...FLAGS, ...QUIET, ...args], {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const kill = () => process.kill(-child.pid, 'SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    let output = '';
    const url = await new Promise((resolve, reject) => {
      child.once('exit', () => reject(new Error(`Chromium has ended:\n${output}`)));
      child.stderr.on('data', (chunk) => {
        output += chunk;
        const [found] = /ws:\/\/\S+/.exec(output) ?? [];
        if (found) resolve(found);
      });
    });
    const socket = new WebSocket(url, { maxPayload: 1e9 });
    await once(socket, 'open');

    return new Chromium(child, folder, socket);
  }

  constructor(child, folder, socket) {
    Object.assign(this, { child, folder, socket });
    socket.on('message', (text) => {
      const { id, result, error, ...event } = JSON.parse(text);
      const call = this.#calls.get(id);
      this.#calls.delete(id);
      if (error) call?.reject(new Error(error.message));
      else call?.resolve(result);
      if (event.method) for (const listener of this.#listeners) listener(event);
    });
  }

  /** Calls the listener with each event of the protocol. */
  onEvent(listener) {
    this.#listeners.add(listener);
  }

  send(method, params = {}, sessionId) {
    const id = ++this.#lastId;
    this.socket.send(JSON.stringify({ id, method, params, sessionId }));

    return new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }));
  }

  async version() {
    return (await this.send('Browser.getVersion')).product;
  }

  /** A new tab, in front of all others. */
  async openTab(url) {
    return (await this.send('Target.createTarget', { url })).targetId;
  }

  async attach(targetId) {
    return new Session(this, (await this.send('Target.attachToTarget', { targetId, flatten: true })).sessionId);
  }

  async close() {
    const ended = once(this.child, 'exit');
    process.kill(-this.child.pid, 'SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}
