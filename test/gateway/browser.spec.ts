import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { GUIDE_BODIES, post } from '../support/http.js';
import { startHub, type TestHub } from '../support/hub.js';

describe('a page in Chromium with a plain WebSocket', () => {
  let hub: TestHub;
  let browser: Browser;
  let site: Server;

  beforeAll(async () => {
    hub = await startHub();
    browser = await openBrowser();
    site = createServer((_request, response) => response.end('<!doctype html><title>dog</title>'));
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    await browser.close();
    site.close();
    await hub.close();
  });

  it('gets the greeting, then the four messages of the guide, and sees 1001 when the hub stops', async () => {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
    await page.evaluate(`new Promise((resolve) => {
      window.got = [];
      window.closeCode = new Promise((done) => {
        const socket = new WebSocket(${JSON.stringify(hub.wsUrl)});
        socket.onmessage = (event) => { window.got.push(JSON.parse(event.data)); resolve(); };
        socket.onclose = (event) => done(event.code);
      });
    })`);

    for (const [path, body] of Object.entries(GUIDE_BODIES)) await post(`${hub.url}${path}`, body);
    await page.waitForFunction('window.got.length === 5');

    const got = await page.evaluate(
      'window.got.map(({ type, event_type, overlay_type }) => [type, event_type ?? overlay_type])',
    );
    expect(got).toEqual([
      ['connection', undefined],
      ['event', 'test_event'],
      ['event', 'sit'],
      ['overlay', 'detection'],
      ['telemetry', undefined],
    ]);

    await hub.close();
    expect(await page.evaluate('window.closeCode')).toBe(1001);
  });
});
