// A page in a real browser that is busy with every message it gets.
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { clock } from './clock.js';
import type { Age } from './reader.js';

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium'];

/** The program of Chromium, where it is installed. */
export function findChromium(): string | undefined {
  return process.env['CHROMIUM'] ?? PATHS.find((path) => existsSync(path));
}

export interface PageOptions {
  url: string;
  /** How long the page is busy with one message, in ms. */
  busyMs: number;
  /** Whether it tells the hub what it has handled. */
  acks: boolean;
}

/** Opens the page, and returns a function that tells what came, and closes it. */
export async function openPage(options: PageOptions): Promise<() => Promise<Age[]>> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('Chromium is not installed');

  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--no-first-run'];
  const browser: Browser = await chromium.launch({ executablePath, args });
  try {
    const page = await browser.newPage();
    // What a stamp of the publisher is on the clock of the page.
    const clockOffsetMs = Date.now() - clock() / 1e6;
    await page.evaluate(listen, { ...options, clockOffsetMs });

    return async () => {
      const ages = await page.evaluate(() => (globalThis as unknown as { ages: Age[] }).ages);
      await browser.close();
      return ages;
    };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** Runs in the page; resolves when the connection is open. */
function listen({ url, busyMs, acks, clockOffsetMs }: PageOptions & { clockOffsetMs: number }): Promise<void> {
  const ages: [number, number][] = [];
  (globalThis as unknown as { ages: [number, number][] }).ages = ages;
  let received = 0;
  let beganAt = 0;
  const socket = new WebSocket(url);
  socket.onmessage = ({ data }): void => {
    const now = performance.timeOrigin + performance.now();
    const message = JSON.parse(data as string) as { type: string; data: { ts: number } };
    if (message.type === 'overlay') {
      beganAt ||= now;
      ages.push([now - beganAt, now - (message.data.ts / 1e6 + clockOffsetMs)]);
      for (const until = performance.now() + busyMs; performance.now() < until;);
    }
    received++;
    if (acks) socket.send(JSON.stringify({ type: 'ack', data: { received } }));
  };

  return new Promise((resolve, reject) => {
    socket.onopen = (): void => resolve();
    socket.onerror = (): void => reject(new Error('the WebSocket failed'));
  });
}
