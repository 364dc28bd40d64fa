import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Controller, Get, Header, Headers, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { SECURITY_HEADERS } from '../page/security-headers.js';
import { docsPage } from './docs-page.js';
import { openApi } from './openapi.js';

const STYLE = readFileSync(join(import.meta.dirname, 'docs.css'), 'utf8');

/** A host as a browser sends it, with its port; what else stands there is not shown. */
const HOST = /^[\w.-]{1,253}(:\d{1,5})?$|^\[[\da-fA-F:.]{2,45}\](:\d{1,5})?$/;

/** The API as a document for programs, and as a page for people. The page needs no script. */
@Controller('api')
export class DocsController {
  private readonly document = openApi();

  @Get('openapi.json')
  @Header('cache-control', 'no-cache')
  openApi(): object {
    return this.document;
  }

  @Get('docs')
  docs(@Headers('host') host: string | undefined, @Res({ passthrough: true }) reply: FastifyReply): string {
    reply.headers({ ...SECURITY_HEADERS, 'cache-control': 'no-cache', 'content-type': 'text/html; charset=utf-8' });

    return docsPage(this.document, `http://${host && HOST.test(host) ? host : 'localhost:8000'}`);
  }

  @Get('docs.css')
  @Header('cache-control', 'no-cache')
  @Header('content-type', 'text/css; charset=utf-8')
  @Header('x-content-type-options', 'nosniff')
  style(): string {
    return STYLE;
  }
}
