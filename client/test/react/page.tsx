import { StrictMode, useState, type ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { flushSync } from 'react-dom';
import { createHubClient, type HubClient, type HubMessage } from 'dogmonitor-client';
import {
  HubProvider,
  useHub,
  useHubEvent,
  useHubEvents,
  useHubStats,
  useLatest,
  useWebSocket,
  type HubEventList,
} from 'dogmonitor-client/react';

/** What the tests look at. */
const seen = {
  renders: 0,
  state: '',
  handled: [] as unknown[],
  list: undefined as HubEventList | undefined,
  setStep: undefined as ((step: number) => void) | undefined,
  client: undefined as HubClient | undefined,
};
const url = `ws://${new URLSearchParams(location.search).get('hub')}/ws/ui`;

/** Beside each scene. */
function Watch() {
  const { state, client } = useHub();
  seen.client = client;
  seen.state = state.name;

  return null;
}

function State() {
  const { state, isConnected } = useHub();
  seen.renders++;

  return (
    <p id="state">
      {state.name} {String(isConnected)}
    </p>
  );
}

function Handler() {
  const [step, setStep] = useState(0);
  seen.renders++;
  seen.setStep = setStep;
  useHubEvent('sit', ({ data }) => seen.handled.push([step, data['n']]));

  return null;
}

function Latest() {
  const overlay = useLatest('overlay', { overlayType: 'detection', source: 'garden' });
  seen.renders++;

  return <p id="latest">{JSON.stringify(overlay?.data)}</p>;
}

function Slow() {
  const telemetry = useLatest('telemetry', { hz: 2 });
  seen.renders++;

  return <p id="latest">{JSON.stringify(telemetry?.data)}</p>;
}

function Events({ types, filter }: { types?: string[]; filter?: (message: HubMessage) => boolean }) {
  const list = useHubEvents({ types, filter, max: 10, hz: Infinity });
  seen.list = list;

  return <p id="list">{list.events.map(({ data }) => String(data['n'])).join(' ')}</p>;
}

function Stats() {
  return <p id="stats">{useHubStats(20)?.received}</p>;
}

function Socket({ source }: { source?: string }) {
  const { messages, isConnected, dropped } = useWebSocket(url, {
    max: 5,
    ...(source && { filter: { sources: [source] } }),
  });

  return (
    <p id="socket">
      {String(isConnected)} {messages.length} {dropped} {messages.map(({ type }) => type).join(' ')}
    </p>
  );
}

const filter = ({ data }: HubMessage): boolean => Number(data['n']) % 2 === 1;
const scenes: Record<string, () => ReactNode> = {
  state: () => <State />,
  handler: () => <Handler />,
  latest: () => <Latest />,
  slow: () => <Slow />,
  events: () => <Events />,
  odd: () => <Events types={['sit', 'telemetry']} filter={filter} />,
  stats: () => <Stats />,
  all: () => (
    <>
      <State />
      <Handler />
      <Latest />
      <Slow />
      <Events />
      <Stats />
      <Socket />
    </>
  ),
};

let root: Root | undefined;

function show(content: ReactNode): void {
  root ??= createRoot(document.body.appendChild(document.createElement('main')));
  root.render(content);
}

/** Shows a scene of these, below a provider of its own. */
function mount(scene: string, isStrict = false): void {
  const content = (
    <HubProvider url={url}>
      <Watch />
      {scenes[scene]?.()}
    </HubProvider>
  );
  show(isStrict ? <StrictMode>{content}</StrictMode> : content);
}

function unmount(): void {
  root?.unmount();
  root = undefined;
  document.querySelector('main')?.remove();
}

/** Everything, on and off again, as fast as React can, and now and then long enough to connect. */
async function cycle(times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    flushSync(() => mount('all', i % 2 === 0));
    if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 30));
    else await Promise.resolve();
    unmount();
  }
}

function given(): void {
  const client = createHubClient({ url });
  show(
    <HubProvider client={client}>
      <Watch />
    </HubProvider>,
  );
}

Object.assign(window, {
  seen,
  mount,
  unmount,
  cycle,
  given,
  socket: (source?: string) => show(<Socket {...(source && { source })} />),
});
