import { join } from 'node:path';
import { Controller, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HubConfig } from '../config/hub-config.js';
import { HubError } from '../protocol/errors.js';
import { readPage } from './page-files.js';
import { securityHeaders } from './security-headers.js';

/** Where the build puts it, seen from the source as well as from what is built of it. */
const FOLDER = join(import.meta.dirname, '../../dist/dashboard');

/** The dashboard, which the hub serves itself so that one process is all there is to start. */
@Controller()
export class PageController {
  private readonly files = readPage(FOLDER);
  private readonly headers: Record<string, string>;

  constructor({ frameAncestors }: HubConfig) {
    this.headers = securityHeaders(frameAncestors);
  }

  @Get(['/', 'favicon.svg', 'assets/:name'])
  file(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const path = request.raw.url?.split('?', 1)[0] ?? '/';
    const file = this.files.get(path);
    if (!file) throw new HubError('NOT_FOUND', path === '/' ? 'the dashboard is not built' : `cannot GET ${path}`);

    const { gzip, etag } = file;
    reply.headers({
      ...this.headers,
      etag,
      'cache-control': file.cacheControl,
      ...(gzip && { vary: 'accept-encoding' }),
    });
    if (request.headers['if-none-match'] === etag) {
      void reply.status(304).send();
      return;
    }

    reply.header('content-type', file.contentType);
    const takesGzip = gzip && /\bgzip\b(?!;\s*q=0(\.0*)?\s*(,|$))/.test(request.headers['accept-encoding'] ?? '');
    void (takesGzip ? reply.header('content-encoding', 'gzip').send(gzip) : reply.send(file.body));
  }
}
