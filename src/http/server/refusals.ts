import { Injectable } from '@nestjs/common';

/** Requests refused and connections cut since the start, by status or by what the hub found; the reasons are few. */
@Injectable()
export class Refusals {
  readonly counts: Record<string, number> = { pipelined: 0, stalled: 0, timeout: 0 };

  count(reason: string): void {
    this.counts[reason] = (this.counts[reason] ?? 0) + 1;
  }
}
