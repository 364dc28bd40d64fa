import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readPage } from '../../src/page/page-files.js';
import { startHub, type TestHub } from '../support/hub.js';
import { ROOT } from '../support/process.js';

interface Answer {
  status: number | undefined;
  headers: Record<string, unknown>;
  body: Buffer;
}

/** As it is on the wire: `fetch` decompresses, and cleans paths up. */
function get(url: string, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { hostname, port } = new URL(url);

  return new Promise((resolve, reject) => {
    request({ hostname, port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    })
      .on('error', reject)
      .end();
  });
}

describe('the page', () => {
  let hub: TestHub;
  let script: string;

  beforeAll(async () => {
    hub = await startHub();
    const html = (await get(hub.url, '/')).body.toString();
    script = /src="\.(\/assets\/[^"]+\.js)"/.exec(html)?.[1] ?? '';
  });
  afterAll(() => hub.close());

  it('is at / whatever the query, and asked for anew each time', async () => {
    const { status, headers, body } = await get(hub.url, '/?theme=light');

    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' });
    expect(body.toString()).toContain('<div id="root">');
  });

  it('is not sent again to who has it', async () => {
    const { headers } = await get(hub.url, '/');
    const again = await get(hub.url, '/', { 'if-none-match': String(headers['etag']) });
    const changed = await get(hub.url, '/', { 'if-none-match': '"of another build"' });

    expect(again).toMatchObject({ status: 304, body: Buffer.alloc(0) });
    expect(changed.status).toBe(200);
  });

  it('lets browsers keep what has a hash in its name, and compresses it for who can read that', async () => {
    const plain = await get(hub.url, script);
    const gzip = await get(hub.url, script, { 'accept-encoding': 'br, gzip' });
    const refused = await get(hub.url, script, { 'accept-encoding': 'gzip;q=0' });

    expect(plain.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
    });
    expect(plain.headers).not.toHaveProperty('content-encoding');
    expect(gzip.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
    expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true);
    expect(refused.body.equals(plain.body)).toBe(true);
  });

  it('has no code or style inline, and is told to run none', async () => {
    const { headers, body } = await get(hub.url, '/');
    const policy = String(headers['content-security-policy']);

    expect(policy).toMatch(/default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(policy).not.toMatch(/unsafe|upgrade-insecure-requests/);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    expect(headers).not.toHaveProperty('strict-transport-security');
    expect(body.toString()).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=/);
  });

  it.each([
    ['', "'self'", 'SAMEORIGIN'],
    ['none', "'none'", 'DENY'],
    ['self https://home.example', "'self' https://home.example", undefined],
  ])('may be framed by whom FRAME_ANCESTORS names, as the docs may: "%s"', async (ancestors, policy, options) => {
    const other = await startHub({ FRAME_ANCESTORS: ancestors });
    for (const path of ['/', '/api/docs', '/favicon.svg']) {
      const { headers } = await get(other.url, path);

      expect(headers['content-security-policy']).toMatch(new RegExp(`; frame-ancestors ${policy}$`));
      expect(headers['x-frame-options']).toBe(options);
    }
    await other.close();
  });

  it('names nothing of another host', async () => {
    expect((await get(hub.url, '/')).body.toString()).not.toMatch(/(src|href)="(https?:)?\/\//);
  });

  it('answers HEAD without a body', async () => {
    const { status, body } = await get(hub.url, '/', {}, 'HEAD');

    expect([status, body.length]).toEqual([200, 0]);
  });

  it.each([
    '/nowhere',
    '/assets/index-00000000.js',
    '/assets/..%2f..%2fpackage.json',
    '/assets/../main.js',
    '/index.html',
  ])('answers 404 in JSON for %s', async (path) => {
    const { status, headers, body } = await get(hub.url, path);

    expect(status).toBe(404);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(JSON.parse(body.toString())).toMatchObject({ statusCode: 404, code: 'NOT_FOUND' });
  });

  it('stays under 150 kB of compressed scripts', () => {
    const scripts = [...readPage(join(ROOT, 'dist/dashboard'))].filter(([path]) => path.endsWith('.js'));
    const bytes = scripts.map(([, { gzip, body }]) => (gzip ?? body).length);

    expect(bytes.length).toBeGreaterThan(0);
    expect(bytes.reduce((sum, length) => sum + length)).toBeLessThanOrEqual(150_000);
  });
});

describe('the files of a page', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'hub-page-'));
    mkdirSync(join(folder, 'assets'));
    writeFileSync(join(folder, 'index.html'), '<p>');
    writeFileSync(join(folder, 'assets/a-1.css'), 'p { color: red }\n'.repeat(100));
    cpSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are all there is in the folder, compressed where that is smaller', () => {
    const page = readPage(folder);

    expect([...page.keys()].sort()).toEqual(['/', '/LICENSE', '/assets/a-1.css']);
    expect(page.get('/')).not.toHaveProperty('gzip');
    expect(page.get('/assets/a-1.css')).toMatchObject({ contentType: 'text/css; charset=utf-8' });
    expect(page.get('/LICENSE')).toMatchObject({
      contentType: 'application/octet-stream',
      body: readFileSync(join(ROOT, 'LICENSE')),
    });
  });

  it('are none where nothing was built', () => {
    expect(readPage(join(folder, 'not-there')).size).toBe(0);
  });
});
