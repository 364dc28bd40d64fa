// Calls between the benchmark and the processes it started, over the channel that Node gives a child.
import type { ChildProcess } from 'node:child_process';

interface Request {
  id: number;
  name: string;
  argument: unknown;
}

interface Answer {
  id: number;
  result?: unknown;
  error?: string;
}

/** What a process offers: each handler takes one argument that can be sent as JSON. */
export type Handlers = Record<string, (argument: never) => unknown>;

/** Answers the calls of the parent. */
export function serve(handlers: Handlers): void {
  process.on('message', ({ id, name, argument }: Request) => {
    const work = async (): Promise<unknown> => handlers[name]?.(argument as never);
    work().then(
      (result) => process.send?.({ id, result } satisfies Answer),
      (error: unknown) => process.send?.({ id, error: String(error) } satisfies Answer),
    );
  });
  process.on('disconnect', () => process.exit());
}

/** Calls handlers in a child, many at a time if need be. */
export class Caller<H extends Handlers> {
  private nextId = 0;
  private readonly pending = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();

  constructor(private readonly child: ChildProcess) {
    child.on('message', ({ id, result, error }: Answer) => {
      const waiting = this.pending.get(id);
      this.pending.delete(id);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(error));
    });
    child.once('exit', () => {
      for (const { reject } of this.pending.values()) reject(new Error('the process ended'));
    });
  }

  call<N extends keyof H & string>(name: N, argument: Parameters<H[N]>[0]): Promise<Awaited<ReturnType<H[N]>>> {
    const id = this.nextId++;

    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.child.send({ id, name, argument } satisfies Request);
    });
  }
}
