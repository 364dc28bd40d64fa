import { Module } from '@nestjs/common';
import { KnownPaths } from './known-paths.js';
import { Refusals } from './refusals.js';
import { RequestDrain } from './request-drain.js';
import { RequestGate } from './request-gate.js';

/** What stands between the HTTP server and the routes. */
@Module({
  providers: [KnownPaths, Refusals, RequestDrain, RequestGate],
  exports: [KnownPaths, Refusals, RequestDrain, RequestGate],
})
export class ServerModule {}
