import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';

/** Which methods each path takes: the router itself knows a path only together with a method. */
@Injectable()
export class KnownPaths {
  private readonly paths: { pattern: RegExp; methods: Set<string> }[] = [];

  /** Must be there before the routes are. */
  constructor(adapterHost: HttpAdapterHost) {
    const fastify = adapterHost.httpAdapter?.getInstance<FastifyInstance | undefined>();
    if (typeof fastify?.addHook !== 'function') return;

    fastify.addHook('onRoute', ({ url, method }) => {
      const pattern = patternOf(url);
      let path = this.paths.find((path) => path.pattern.source === pattern.source);
      if (!path) this.paths.push((path = { pattern, methods: new Set() }));
      for (const name of [method].flat()) path.methods.add(name);
    });
  }

  /** The methods of the path of this URL, as `Allow` has them; `undefined` where there is no such path. */
  methodsOf(url: string): string | undefined {
    const path = url.split('?', 1)[0]?.replace(/\/{2,}/g, '/') ?? '';
    const known = this.paths.find(({ pattern }) => pattern.test(path));

    return known && [...known.methods].join(', ');
  }
}

function patternOf(url: string): RegExp {
  const path = url.replace(/\/$/, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

  return new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}/?$`);
}
