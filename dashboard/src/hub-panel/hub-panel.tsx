import { useHubStats } from 'dogmonitor-client/react';
import { duration, number } from '../app/format.js';
import { useStore } from '../app/store.js';
import { ConnectionTable } from './connection-table.js';
import { hubStatus, type InstanceRow } from './hub-status.js';
import { RELAY } from './relay.js';
import { SendForm } from './send-form.js';

const LINKS = [
  ['api/events?limit=20', 'newest events'],
  ['api/connections', 'connections'],
  ['health/ready', 'readiness'],
  ['metrics', 'metrics'],
  ['api/docs', 'API docs'],
] as const;

/** How the hub is doing, who is connected, and a way to send. */
export function HubPanel() {
  return (
    <section className="panel hub-panel" aria-labelledby="hub-title">
      <header className="panel-header">
        <h2 id="hub-title">Hub</h2>
        <nav className="links" aria-label="The hub's API">
          {LINKS.map(([path, label]) => (
            <a key={path} href={path} target="_blank" rel="noreferrer">
              {label}
            </a>
          ))}
        </nav>
      </header>
      <Status />
      <ConnectionTable />
      <SendForm />
    </section>
  );
}

function Status() {
  const status = useStore(hubStatus);
  const stats = useHubStats();
  if (status.name === 'loading' || !stats) return <p className="quiet">Asking the hub …</p>;

  const relay = status.name === 'known' ? RELAY[status.relay] : undefined;

  return (
    <dl className="facts">
      <div data-tone={relay?.tone ?? 'bad'}>
        <dt>relay</dt>
        <dd>{relay?.label ?? 'unreachable'}</dd>
        <dd className="quiet">{relay?.means ?? (status.name === 'unreachable' ? status.message : '')}</dd>
      </div>
      <div>
        <dt>clients</dt>
        <dd>{status.name === 'known' ? number(total(status.instances)) : '–'}</dd>
        <dd className="quiet">{status.name === 'known' ? clientsPerInstance(status.instances) : ''}</dd>
      </div>
      <div>
        <dt>received</dt>
        <dd>{number(stats.received)}</dd>
        <dd className="quiet">{`${number(stats.conflated)} conflated, ${number(stats.duplicates)} doubles`}</dd>
      </div>
      <div>
        <dt>age on arrival</dt>
        <dd>{stats.ageMs === undefined ? '–' : duration(Math.max(0, stats.ageMs))}</dd>
        <dd className="quiet">{`${number(stats.reconnects)} reconnects`}</dd>
      </div>
    </dl>
  );
}

/** More are summed up: a name each would fill the panel. */
const MAX_INSTANCES = 6;

function total(instances: readonly InstanceRow[]): number {
  return instances.reduce((sum, { count }) => sum + count, 0);
}

function clientsPerInstance(instances: readonly InstanceRow[]): string {
  const shown = instances.slice(0, MAX_INSTANCES).map(({ instance_id: id, count }) => `${number(count)} on ${id}`);
  const more = instances.length - shown.length;

  return [...shown, ...(more > 0 ? [`and ${number(more)} more instances`] : [])].join(', ');
}
