import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { ROUTES } from '../../src/docs/routes.js';
import { openBrowser } from '../support/browser.js';
import { startHub, type TestHub } from '../support/hub.js';
import { ROOT } from '../support/process.js';

const AXE = readFileSync(join(ROOT, 'node_modules/axe-core/axe.min.js'), 'utf8');

describe('GET /api/docs', () => {
  let hub: TestHub;
  let browser: Browser;

  beforeAll(async () => {
    hub = await startHub();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await hub.close();
  });

  it('has the policy of the dashboard, and no script', async () => {
    const [docs, dashboard] = await Promise.all([fetch(`${hub.url}/api/docs`), fetch(`${hub.url}/`)]);
    const [page] = await Promise.all([docs.text(), dashboard.text()]);

    expect(docs.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(docs.headers.get('content-security-policy')).toBe(dashboard.headers.get('content-security-policy'));
    expect(docs.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|<style|\sstyle=|\son\w+=|(src|href)="(https?:)?\/\//);
  });

  it('shows no host that is none', async () => {
    const { stdout } = await promisify(execFile)('curl', ['-s', '-H', 'Host: <b>.evil', `${hub.url}/api/docs`]);

    expect(stdout).toContain('http://localhost:8000/api/events');
    expect(stdout).not.toContain('.evil');
  });

  it.each([
    ['dark', 1280],
    ['light', 1280],
    ['dark', 360],
    ['light', 360],
  ] as const)('shows every route, with bounds, in the %s theme at %d px', async (colorScheme, width) => {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('console', (message) => problems.push(message.text()));
    await page.goto(`${hub.url}/api/docs`);

    expect(await page.locator('section .route').allInnerTexts()).toEqual(
      ROUTES.map(({ method, path }) => `${method.toUpperCase()} ${path}`),
    );
    const action = page.locator('#broadcastAction');
    await action.getByText('number from 0 to 1').waitFor();
    await action.getByText('text of 1 to 64 characters, without white space or comma').waitFor();
    await action.getByText('text of 1 to 255 characters').waitFor();
    await page.locator('#readEvents').getByText('integer from 1 to 1000').waitFor();
    await page.locator('#broadcastOverlay').getByText('data.boxes[].w').waitFor();

    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await page.evaluate(AXE);
    const { violations } = await page.evaluate<{ violations: { id: string }[] }>('axe.run()');
    expect(violations.map(({ id }) => id)).toEqual([]);
    expect(problems).toEqual([]);
    await context.close();
  });

  it('shows commands that do what they say', async () => {
    const page = await browser.newPage();
    await page.goto(`${hub.url}/api/docs`);
    const commands = await page.getByRole('region', { name: /^Command for/ }).allInnerTexts();
    expect(commands).toHaveLength(ROUTES.length);

    for (const [n, command] of commands.entries()) {
      const { path, responses } = ROUTES[n] as (typeof ROUTES)[number];
      // Those two do not end by themselves.
      if (path === '/ws/ui' || path.endsWith('/stream')) continue;

      const shell = `${command} -s -o /dev/null -w '%{http_code}'`;
      const { stdout } = await promisify(execFile)('sh', ['-c', shell]);
      expect([command, stdout]).toEqual([command, Object.keys(responses)[0]]);
    }

    const listen = commands.find((command) => command.startsWith('new WebSocket')) ?? '';
    const said = page.waitForEvent('console');
    await page.evaluate(listen);
    expect((await said).text()).toContain('"type":"connection"');
    await page.close();
  });
});
