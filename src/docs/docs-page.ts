import type { JsonSchema } from '../http/dto/json-schema.js';
import type { OpenApi } from './openapi.js';
import type { Parameter } from './parameters.js';
import type { Route } from './routes.js';

interface Field {
  name: string;
  schema: JsonSchema;
  isRequired: boolean;
}

/**
 * The document as one page, with commands to try it.
 * @param origin where the reader has found the hub, with the path that a proxy has put it under
 * @param up from the page to `/api/`, which only the browser can name under a proxy
 */
export function docsPage(document: OpenApi, origin: string, up = ''): string {
  const { info, components } = document;
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation }) as Route),
  );
  const error = components.schemas['Error'] ?? {};

  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="dark light">
    <title>API of ${text(info.title)}</title>
    <link rel="icon" href="${up}../favicon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="${up}docs.css">
  </head>
  <body>
    <header>
      <h1>${text(info.title)} <span class="quiet">${text(info.version)}</span></h1>
      <p>${prose(info.description)}</p>
      <p class="links"><a href="${up}../">Dashboard</a> <a href="${up}openapi.json">OpenAPI</a> <a href="${up}../metrics">Metrics</a></p>
    </header>
    <nav aria-label="Routes"><ul>${routes.map(link).join('')}</ul></nav>
    <main>
      ${routes.map((route) => section(route, document, origin)).join('\n      ')}
      <section id="error">
        <h2>Errors</h2>
        <p>Every error is this JSON. What is refused reaches nobody.</p>
        ${fields(fieldsOf(error), 'Fields')}
      </section>
    </main>
  </body>
</html>
`;
}

function link({ method, path, operationId }: Route): string {
  return `<li><a href="#${operationId}">${verb(method)} <code>${breakable(path)}</code></a></li>`;
}

function section(route: Route, { components }: OpenApi, origin: string): string {
  const { method, path, operationId, summary, description, parameters = [], requestBody, responses } = route;
  const body = requestBody?.content['application/json'];
  const schema = body && resolved(body.schema, components.schemas);
  const answers = Object.entries(responses).map(([status, answer]) => {
    return `<li><b>${status}</b> ${prose(answer.description)}</li>`;
  });

  return `<section id="${operationId}" aria-labelledby="${operationId}-title">
        <h2 id="${operationId}-title">${text(summary)}</h2>
        <p class="route">${verb(method)} <code>${breakable(path)}</code></p>
        ${description === undefined ? '' : `<p>${prose(description)}</p>`}
        ${schema ? fields(fieldsOf(schema), 'Body') : ''}
        ${fields(parameters.map(fieldOfParameter), 'Parameters')}
        ${body ? `<h3>Example</h3>${code(JSON.stringify(body.example, null, 2), `Body of ${path}`)}` : ''}
        <h3>Try it</h3>
        ${code(command(route, origin), `Command for ${path}`)}
        <h3>Answers</h3>
        <ul class="answers">${answers.join('')}</ul>
      </section>`;
}

/** What sends the example of a route, in a shell; for a WebSocket, in the console of a browser. */
export function command({ method, path, parameters = [], requestBody }: Route, origin: string): string {
  const shown = parameters.filter(({ example }) => example !== undefined);
  const search = shown.map(({ name, example }) => `${name}=${String(example)}`).join('&');
  const url = `${origin}${path}${search === '' ? '' : `?${search}`}`;
  if (path.startsWith('/ws/')) {
    return `new WebSocket('${url.replace('http', 'ws')}').onmessage = ({ data }) => console.log(data);`;
  }
  if (method === 'get') return `curl ${path.endsWith('/stream') ? '-N ' : ''}'${url}'`;

  const body = JSON.stringify(requestBody?.content['application/json'].example);

  return `curl '${url}' -H 'Content-Type: application/json' \\\n  -d '${body.replaceAll("'", "'\\''")}'`;
}

function resolved(schema: JsonSchema, schemas: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return (schema.$ref === undefined ? schema : schemas[schema.$ref.split('/').at(-1) ?? '']) ?? {};
}

/** The fields of an object, and of what is in it. */
function fieldsOf({ properties = {}, required = [], items }: JsonSchema, path = ''): Field[] {
  const kinds = items?.oneOf?.map((kind) => kind.properties?.['type']?.enum?.[0]);
  if (kinds) {
    const description = `The fields of the route of that kind, and \`type\`: ${kinds.map((kind) => `\`${kind}\``).join(', ')}.`;

    return [{ name: '[ ]', schema: { type: 'object', description }, isRequired: true }];
  }

  return Object.entries(properties).flatMap(([name, schema]) => [
    { name: `${path}${name}`, schema, isRequired: required.includes(name) },
    ...fieldsOf(schema, `${path}${name}.`),
    ...(schema.items ? fieldsOf(schema.items, `${path}${name}[].`) : []),
  ]);
}

function fieldOfParameter({ name, schema, description }: Parameter): Field {
  return { name, schema: { ...schema, description }, isRequired: false };
}

function fields(list: readonly Field[], title: string): string {
  if (list.length === 0) return '';
  const items = list.map(({ name, schema, isRequired }) => {
    const bounds = [isRequired ? '<b>needed</b>' : '', text(boundsOf(schema))]
      .filter((part) => part !== '')
      .join(' · ');

    return `<div><dt><code>${text(name)}</code> <span class="quiet">${bounds}</span></dt><dd>${prose(schema.description ?? '')}</dd></div>`;
  });

  return `<h3>${title}</h3><dl>${items.join('')}</dl>`;
}

/** In words, such as `text of 1 to 64 characters, without white space or comma`. */
export function boundsOf(schema: JsonSchema): string {
  const { type, items, format, pattern, nullable } = schema;
  if (schema.enum) return schema.enum.join(' | ');
  if (type === 'array' && items) {
    const size = range(schema.minItems, schema.maxItems);

    return `list${size && ` of ${size}`}${items.type === 'object' ? ' objects' : `: ${boundsOf(items)}`}`;
  }
  if (type === 'string') {
    const size = range(schema.minLength, schema.maxLength);
    const isName = pattern?.includes(',') === true;
    const what = format === 'date-time' ? 'time' : pattern !== undefined && !isName ? 'offset, <ms>-<n>' : 'text';
    const plain = `${what}${size && ` of ${size} characters`}${isName ? ', without white space or comma' : ''}`;

    return nullable === true ? `${plain}, or null` : plain;
  }
  const depth = schema['x-max-depth'];
  const size = range(schema.minimum, schema.maximum);

  return `${type ?? ''}${size && ` ${size.includes(' to ') ? 'from ' : 'of '}${size}`}${depth === undefined ? '' : `, at most ${depth} levels deep`}`;
}

function range(min: number | undefined, max: number | undefined): string {
  if (max === undefined) return min === undefined ? '' : `${min} or more`;

  return min === undefined ? `at most ${max}` : `${min} to ${max}`;
}

/** Reached by Tab, since what is wider than the page is scrolled. */
function code(content: string, label: string): string {
  return `<pre tabindex="0" role="region" aria-label="${text(label)}"><code>${text(content)}</code></pre>`;
}

function verb(method: Route['method']): string {
  return `<span class="verb ${method}">${method.toUpperCase()}</span>`;
}

/** A path that breaks before a word, not in one. */
function breakable(path: string): string {
  return text(path).replace(/(?<=.)\//g, '<wbr>/');
}

/** Text in which \`this\` is code. */
function prose(content: string): string {
  return text(content).replace(/`([^`]+)`/g, '<code>$1</code>');
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function text(content: string): string {
  return content.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
