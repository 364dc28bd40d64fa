import { Counter, Gauge, Registry } from 'prom-client';
import type { Presence, Relay, RelayState } from '../relay/relay.js';
import type { Observation } from './observed.js';

/** By label, or one for all. */
type Values = number | Readonly<Record<string, number>> | ReadonlyMap<string, number>;

interface Series {
  name: string;
  help: string;
  /** A counter only goes up. */
  kind: 'counter' | 'gauge';
  label?: string;
  read: (observation: Observation, relay: Relay, presence: Presence) => Values;
}

const STATES: Record<RelayState, 0> = { memory: 0, shared: 0, 'local-only': 0, 'catching-up': 0 };

/** Every series of the hub. A label has few values, and none that a client or producer may choose. */
const SERIES: readonly Series[] = [
  {
    name: 'dogmonitor_connections',
    help: 'Open connections of this instance.',
    kind: 'gauge',
    label: 'transport',
    read: ({ open }) => open,
  },
  {
    name: 'dogmonitor_connections_accepted_total',
    help: 'Connections accepted.',
    kind: 'counter',
    label: 'transport',
    read: ({ accepted }) => accepted,
  },
  {
    name: 'dogmonitor_connections_closed_total',
    help: 'Connections that ended, by close code; "other" is a code that a client made up, "none" a stream that was left.',
    kind: 'counter',
    label: 'code',
    read: ({ closed }) => closed,
  },
  {
    name: 'dogmonitor_messages_published_total',
    help: 'Messages published at this instance.',
    kind: 'counter',
    label: 'type',
    read: ({ published }) => published,
  },
  {
    name: 'dogmonitor_messages_broadcast_total',
    help: 'Messages that this instance brought to its connections, wherever they were published.',
    kind: 'counter',
    label: 'type',
    read: ({ broadcast }) => broadcast,
  },
  {
    name: 'dogmonitor_deliveries_sent_total',
    help: 'Messages written to connections, once for each.',
    kind: 'counter',
    read: ({ sent }) => sent,
  },
  {
    name: 'dogmonitor_deliveries_conflated_total',
    help: 'Overlays and telemetry that were not written to a slow connection, since a newer one came.',
    kind: 'counter',
    read: ({ conflated }) => conflated,
  },
  {
    name: 'dogmonitor_slow_connections',
    help: 'Connections for which messages wait, since they read too slowly.',
    kind: 'gauge',
    read: ({ heldBack }) => heldBack,
  },
  {
    name: 'dogmonitor_queued_bytes',
    help: 'Bytes that wait in this process for connections to read.',
    kind: 'gauge',
    read: ({ queuedBytes }) => queuedBytes,
  },
  {
    name: 'dogmonitor_unread_bytes',
    help: 'Bytes written to connections that they are not known to have read.',
    kind: 'gauge',
    read: ({ unreadBytes }) => unreadBytes,
  },
  {
    name: 'dogmonitor_relay_state',
    help: '1 for the state that the relay is in, 0 for the others.',
    kind: 'gauge',
    label: 'state',
    read: (_, { state }) => ({ ...STATES, [state]: 1 }),
  },
  {
    name: 'dogmonitor_relay_skipped_total',
    help: 'Inputs from Redis or a bus that broke a rule and were delivered to nobody, by what was wrong with them.',
    kind: 'counter',
    label: 'reason',
    read: (_, { skipped }) => skipped.counts,
  },
  {
    name: 'dogmonitor_outbox_messages',
    help: 'Events delivered here that wait for Redis, and reach the other instances when it is back.',
    kind: 'gauge',
    read: (_, relay) => relay.read({ limit: 0 }).ahead.length,
  },
  {
    name: 'dogmonitor_instances',
    help: 'Instances that share the log, as far as known here.',
    kind: 'gauge',
    read: (_, __, presence) => presence.others().size + 1,
  },
  {
    name: 'dogmonitor_connections_evicted_total',
    help:
      'Connections that the hub gave up: "queue" more waited than MAX_QUEUE_BYTES, "total" too much waited for all and most ' +
      'of it for this one, "stalled" it read nothing, "frames" it sent too much, "acks" it acknowledged what it was not sent.',
    kind: 'counter',
    label: 'reason',
    read: ({ evicted }) => evicted,
  },
  {
    name: 'dogmonitor_http_refused_total',
    help:
      'HTTP requests refused, by status, and connections cut: "stalled" took no more of an answer, "timeout" sent no whole ' +
      'request in time, "pipelined" sent too many at once or behind a stream.',
    kind: 'counter',
    label: 'reason',
    read: ({ refusedHttp }) => refusedHttp,
  },
  {
    name: 'dogmonitor_connections_refused_total',
    help:
      'Connections that were not let in: "connections" over MAX_CONNECTIONS, "sockets" too many open sockets, "descriptors" ' +
      'too few file descriptors for them.',
    kind: 'counter',
    label: 'reason',
    read: ({ refused }) => refused,
  },
  {
    name: 'dogmonitor_connections_throttled_total',
    help: 'Times that a connection was not read for a while, since it sent too much.',
    kind: 'counter',
    read: ({ throttled }) => throttled,
  },
  {
    name: 'dogmonitor_http_answers_unread',
    help: 'HTTP answers of which a part waits in this process for the client to read it; streams are connections.',
    kind: 'gauge',
    read: ({ unreadAnswers }) => unreadAnswers,
  },
];

/** The series of one hub, in a registry of its own: several hubs may run in one process. */
export class HubMetrics {
  private readonly registry = new Registry();
  private readonly metrics = SERIES.map(({ name, help, kind, label, read }) => {
    const options = { name, help, labelNames: label ? [label] : [], registers: [this.registry] };

    return { metric: kind === 'counter' ? new Counter(options) : new Gauge(options), label, read };
  });

  /** In the text format of Prometheus. */
  text(observation: Observation, relay: Relay, presence: Presence): Promise<string> {
    for (const { metric, label, read } of this.metrics) {
      // What is counted is counted elsewhere, so that a message costs nothing here.
      metric.reset();
      for (const [value, count] of entriesOf(read(observation, relay, presence))) {
        metric.inc(label ? { [label]: value } : {}, count);
      }
    }

    return this.registry.metrics();
  }
}

function entriesOf(values: Values): Iterable<[string, number]> {
  if (typeof values === 'number') return [['', values]];

  return values instanceof Map ? (values as ReadonlyMap<string, number>) : Object.entries(values);
}
