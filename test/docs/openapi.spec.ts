import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { openApi } from '../../src/docs/openapi.js';
import type { Parameter } from '../../src/docs/parameters.js';
import { ROUTES } from '../../src/docs/routes.js';
import type { JsonSchema } from '../../src/http/dto/json-schema.js';
import { get, post } from '../support/http.js';
import { startHub, type TestHub } from '../support/hub.js';
import { casesOf } from './bounds.js';

/** What is for people, and not part of the API. */
const PAGES = ['GET /', 'GET /api/docs', 'GET /api/docs.css', 'GET /assets/:name', 'GET /favicon.svg'];

const document = openApi();
const posts = ROUTES.filter(({ method }) => method === 'post');

/** All routes of an app as `GET /path`, from the tree that the router prints of itself. */
function routesOf({ app }: TestHub): string[] {
  const tree = app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false });
  const parents: string[] = [];

  return tree.split('\n').flatMap((line) => {
    const [, indent = '', path = '', methods = ''] = /^([│ ]*)[├└]── (\S+)(?: \((.*)\))?$/.exec(line) ?? [];
    const level = indent.length / 4;
    parents.length = level;
    parents[level] = path;
    const full = parents.join('');

    // HEAD comes with each GET by itself.
    return methods.split(', ').flatMap((method) => (['', 'HEAD'].includes(method) ? [] : `${method} ${full}`));
  });
}

function schemaAt($ref = ''): JsonSchema {
  return document.components.schemas[$ref.replace('#/components/schemas/', '')] ?? {};
}

/** Whether the hub answers as it does to what is good: a WebSocket by opening it. */
async function isTaken(url: string): Promise<boolean> {
  if (url.includes('/ws/')) {
    const socket = new WebSocket(url.replace('http', 'ws'));
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.on('open', () => resolve(true));
      socket.on('error', () => resolve(false));
    });
    socket.terminate();

    return isOpen;
  }

  const aborter = new AbortController();
  const { ok } = await fetch(url, { signal: aborter.signal });
  aborter.abort();

  return ok;
}

describe('the OpenAPI document', () => {
  let hub: TestHub;

  beforeAll(async () => {
    hub = await startHub();
  });
  afterAll(() => hub.close());

  it('is what the hub serves', async () => {
    const { status, body } = await get(`${hub.url}/api/openapi.json`);

    expect(status).toBe(200);
    expect(body).toEqual(JSON.parse(JSON.stringify(document)));
    expect(body['openapi']).toMatch(/^3\./);
  });

  it('has every route of the hub, and no other', () => {
    const documented = ROUTES.map(({ method, path }) => `${method.toUpperCase()} ${path}`);

    expect([...documented, ...PAGES].sort()).toEqual(routesOf(hub).sort());
  });

  it('has a name of its own for each route, and names only schemas that it has', () => {
    const names = ROUTES.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);

    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref);
    expect(refs.filter((ref) => Object.keys(schemaAt(ref)).length === 0)).toEqual([]);
    expect(refs.length).toBeGreaterThan(0);
  });

  describe.each(posts.map((route) => [route.path, route] as const))('of POST %s', (path, { requestBody }) => {
    const { schema = {}, example } = requestBody?.content['application/json'] ?? {};
    const cases = casesOf(schemaAt(schema.$ref));

    it('gives an example that the hub accepts whole', async () => {
      const { status, body } = await post(`${hub.url}${path}`, example);

      expect(status).toBe(202);
      expect(body['refused'] ?? 0).toBe(0);
    });

    it('gives bounds that the hub keeps', async () => {
      const kept: string[] = [];
      for (const { title, change } of cases) {
        const { status, body } = await post(`${hub.url}${path}`, change(example));
        kept.push(`${title}: ${status === 202 && (body['refused'] ?? 0) === 0}`);
      }

      expect(kept).toEqual(cases.map(({ title, isGood }) => `${title}: ${isGood}`));
      expect(kept.length).toBeGreaterThan(3);
    });

    it('gives the bounds of the Idempotency-Key', async () => {
      const [key] = ROUTES.find((route) => route.path === path)?.parameters ?? [];
      const max = key?.schema.maxLength ?? 0;
      // Another route with the same key would be another message. A path is shorter than the key.
      const send = async (value: string): Promise<number> =>
        (
          await post(`${hub.url}${path}`, example, {
            'content-type': 'application/json',
            [key?.name ?? '']: value.replace(/^k{40}/, path.padEnd(40, '-')),
          })
        ).status;

      // In a batch each item has a key of its own, made of this one, and is refused by itself.
      expect(await send('k'.repeat(max - 4))).toBe(202);
      if (path.endsWith('/batch')) return;
      expect([await send('k'.repeat(max)), await send('k'.repeat(max + 1)), await send('')]).toEqual([202, 400, 400]);
    });
  });

  const queries = ROUTES.flatMap(({ path, parameters = [] }) =>
    parameters.filter((parameter) => parameter.in === 'query').map((parameter) => [path, parameter.name, parameter]),
  ) as [string, string, Parameter][];

  it.each(queries)('of GET %s gives bounds of "%s" that the hub keeps', async (path, name, { schema, example }) => {
    const good = example ?? (schema.type === 'array' ? [schema.items?.enum?.[0] ?? 'x'] : '1-0');
    // In a query all is text.
    const cases = casesOf(schema).filter(({ title }) => schema.type === 'integer' || !title.endsWith('another type'));
    const kept: string[] = [];
    for (const { title, change } of cases) {
      const value = [change(good)].flat().join(',');
      kept.push(`${title}: ${await isTaken(`${hub.url}${path}?${name}=${encodeURIComponent(value)}`)}`);
    }

    expect(kept).toEqual(cases.map(({ title, isGood }) => `${title}: ${isGood}`));
    // One without bounds takes what a page may have stored.
    for (const value of cases.length > 0 ? [] : ['1-0', 'undefined', '', '42', '\u{1f436}', 'x'.repeat(1_000)]) {
      expect(await isTaken(`${hub.url}${path}?${name}=${encodeURIComponent(value)}`)).toBe(true);
    }
  });

  it('tells the answers of the routes that only read as they are', async () => {
    for (const { path, method, responses } of ROUTES) {
      const schema = schemaAt(responses['200']?.content?.['application/json']?.schema.$ref);
      if (method !== 'get' || !schema.properties) continue;

      const { status, body } = await get(`${hub.url}${path}`);
      expect(status).toBe(200);
      expect(Object.keys(body).filter((name) => !(name in (schema.properties ?? {})))).toEqual([]);
      expect(schema.required?.filter((name) => !(name in body))).toEqual([]);
    }
  });
});
