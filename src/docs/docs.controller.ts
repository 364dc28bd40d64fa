import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { Controller, Get, Header, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HubConfig } from '../config/hub-config.js';
import { securityHeaders } from '../page/security-headers.js';
import { docsPage } from './docs-page.js';
import { openApi } from './openapi.js';

const STYLE = readFileSync(join(import.meta.dirname, 'docs.css'), 'utf8');

/** A host as a browser sends it, with its port; what else stands there is not shown. */
const HOST = /^[\w.-]{1,253}(:\d{1,5})?$|^\[[\da-fA-F:.]{2,45}\](:\d{1,5})?$/;

/** Where a proxy says that it has put the hub. */
const PREFIX = /^(\/[\w.~-]{1,64}){1,8}$/;

function pathOf(target: string): string {
  return target.split('?', 1)[0] ?? '';
}

/** Where the reader has found the hub: for the commands that are shown. What stands there and is no address is not shown. */
function originOf(headers: IncomingHttpHeaders): string {
  const { host = '', 'x-forwarded-proto': proto, 'x-forwarded-prefix': prefix } = headers;
  const path = typeof prefix === 'string' && PREFIX.test(prefix) ? prefix : '';

  return `${proto === 'https' ? 'https' : 'http'}://${HOST.test(host) ? host : 'localhost:8000'}${path}`;
}

/** The API as a document for programs, and as a page for people. The page needs no script. */
@Controller('api')
export class DocsController {
  private readonly document = openApi();
  private readonly headers: Record<string, string>;

  constructor({ frameAncestors }: HubConfig) {
    this.headers = securityHeaders(frameAncestors);
  }

  @Get('openapi.json')
  @Header('cache-control', 'no-cache')
  openApi(): object {
    return this.document;
  }

  @Get('docs')
  docs(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): string {
    reply.headers({ ...this.headers, 'cache-control': 'no-cache', 'content-type': 'text/html; charset=utf-8' });

    return docsPage(this.document, originOf(request.headers), pathOf(request.url).endsWith('/') ? '../' : '');
  }

  @Get('docs.css')
  @Header('cache-control', 'no-cache')
  @Header('content-type', 'text/css; charset=utf-8')
  @Header('x-content-type-options', 'nosniff')
  style(): string {
    return STYLE;
  }
}
