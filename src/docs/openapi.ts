import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonSchema } from '../http/dto/json-schema.js';
import { ROUTES, type Route } from './routes.js';
import { SCHEMAS } from './schemas.js';

type Operation = Omit<Route, 'method' | 'path'>;

/** The part of OpenAPI 3.0 that is needed here. */
export interface OpenApi {
  openapi: string;
  info: { title: string; version: string; description: string; license: { name: string } };
  /** Relative to `/api/openapi.json`: where the document is from, also under a path of a proxy. */
  servers: readonly { url: string }[];
  paths: Record<string, Partial<Record<Route['method'], Operation>>>;
  components: { schemas: Readonly<Record<string, JsonSchema>> };
}

/** Seen from the source as well as from what is built of it. */
const PACKAGE = join(import.meta.dirname, '../../package.json');

/** The document of all routes. */
export function openApi(): OpenApi {
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };
  const paths: OpenApi['paths'] = {};
  for (const { method, path, ...operation } of ROUTES) paths[path] = { ...paths[path], [method]: operation };

  return {
    openapi: '3.0.3',
    info: {
      title: 'dogmonitor-hub',
      version,
      description: 'What the dog does, in real time: producers POST here, dashboards listen on the WebSocket /ws/ui.',
      license: { name: 'MIT' },
    },
    servers: [{ url: '..' }],
    paths,
    components: { schemas: SCHEMAS },
  };
}
