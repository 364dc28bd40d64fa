import { request } from '../app/api.js';
import { createStore, type Readable } from '../app/store.js';

/** As `GET /health/ready` answers it. */
interface Readiness {
  status: 'ok' | 'degraded';
  relay: { state: RelayState };
}

export type RelayState = 'memory' | 'shared' | 'local-only' | 'catching-up';

/** As `GET /api/connections` answers it. */
export interface ConnectionRow {
  id: string;
  transport: string;
  connected_at: string;
  remote_address: string;
  filter?: object;
  sent: number;
  conflated: number;
  buffered: number;
  unread?: number;
  /** Bytes a second. */
  delivery_rate?: number;
  round_trip_ms?: number;
}

interface Connections {
  /** This one first. */
  instances: InstanceRow[];
  connections: ConnectionRow[];
}

export interface InstanceRow {
  instance_id: string;
  count: number;
}

export type HubStatus =
  | { name: 'loading' }
  | { name: 'unreachable'; message: string }
  | { name: 'known'; relay: RelayState; instances: InstanceRow[]; rows: ConnectionRow[] };

/** How often the hub is asked, in ms: what goes wrong shows itself within five seconds. */
const ASK_MS = 2_000;
/** How long it may take to answer, in ms: through a cut cable comes no error either. */
const ANSWER_MS = 2_500;

const store = createStore<HubStatus>({ name: 'loading' });

export const hubStatus: Readable<HubStatus> = store;

/** Asks on and on, and not while the page is hidden. Returns how to stop. */
export function watchStatus(): () => void {
  let isStopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const ask = async (): Promise<void> => {
    if (!document.hidden) store.set(await readStatus());
    if (!isStopped) timer = setTimeout(() => void ask(), ASK_MS);
  };
  void ask();

  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

async function readStatus(): Promise<HubStatus> {
  const signal = AbortSignal.timeout(ANSWER_MS);

  try {
    const [ready, { instances, connections }] = await Promise.all([
      // 503 is how an instance says that it is out of step, not that it is away.
      request<Readiness>('health/ready', { signal }, [503]),
      request<Connections>('api/connections', { signal }),
    ]);

    return { name: 'known', relay: ready.relay.state, instances, rows: connections };
  } catch (error) {
    return { name: 'unreachable', message: error instanceof Error ? error.message : 'the hub does not answer' };
  }
}
