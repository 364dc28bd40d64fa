import { useEffect, useRef, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import type { HubMessage, OverlayMessage } from 'dogmonitor-client';
import { clearOverlay, drawOverlay, showOverlays } from 'dogmonitor-client/overlay';
import { HubProvider, useHub, useHubEvent, useHubEvents, useLatest, useWebSocket } from 'dogmonitor-client/react';
import { useWebSocket as useGuidesWebSocket } from './guide-hook.js';

const query = new URLSearchParams(location.search);
const url = `ws://${query.get('hub')}/ws/ui`;
/** How long the page is busy with each message besides, in ms. */
const busyMs = Number(query.get('busy'));

/** What the bench looks at. */
const seen = {
  /** Of each overlay that was drawn: how old it was, in ms. */
  ages: [] as number[],
  /** `n` of each message of the list as it is shown. */
  list: [] as number[],
  /** How many are no longer in the list. */
  dropped: 0,
};
Object.assign(window, { seen });

const SIZE = { width: 640, height: 360 };

function noteAge({ data }: OverlayMessage): void {
  seen.ages.push(Date.now() - Number(data['sent_at']));
}

function Picture({ overlay }: { overlay: OverlayMessage | undefined }) {
  const canvas = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    const ctx = canvas.current?.getContext('2d');
    if (!ctx || !overlay) return;

    clearOverlay(ctx);
    drawOverlay(ctx, overlay);
    noteAge(overlay);
  }, [overlay]);

  return <canvas ref={canvas} style={SIZE} />;
}

function List({ isConnected, children }: { isConnected: boolean; children: ReactNode }) {
  return (
    <div style={{ height: 300, overflow: 'auto' }}>
      <p>{isConnected ? 'Connected' : 'Disconnected'}</p>
      {children}
    </div>
  );
}

/** The page as the guide writes it, whosever hook it is. */
function GuidesPage({ isConnected, messages }: { isConnected: boolean; messages: readonly unknown[] }) {
  seen.list = messages.map(numberOf);

  return (
    <>
      <Picture overlay={newestOverlay(messages)} />
      <List isConnected={isConnected}>
        {messages.map((message, index) => (
          <pre key={index}>{JSON.stringify(message)}</pre>
        ))}
      </List>
    </>
  );
}

function numberOf(message: unknown): number {
  return Number((message as HubMessage).data['n']);
}

function newestOverlay(messages: readonly unknown[]): OverlayMessage | undefined {
  return messages.findLast((message) => (message as OverlayMessage).type === 'overlay') as OverlayMessage | undefined;
}

function Guide() {
  return <GuidesPage {...useGuidesWebSocket(url)} />;
}

/** The import swapped. */
function Swapped() {
  const { messages, isConnected, dropped } = useWebSocket(url);
  seen.dropped = dropped;

  return <GuidesPage messages={messages} isConnected={isConnected} />;
}

/** The same page as one writes it with the hooks: each part gets what it shows. */
function Hooks({ picture }: { picture: ReactNode }) {
  return (
    <HubProvider url={url}>
      {picture}
      <NewestEvents />
      {busyMs > 0 && <Busy />}
    </HubProvider>
  );
}

/** Rendered for each overlay that is drawn. */
function LatestPicture() {
  return <Picture overlay={useLatest('overlay')} />;
}

/** Drawn without a render. */
function ShownPicture() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { client } = useHub();
  useHubEvent('overlay', noteAgeWhenDrawn);
  useEffect(() => (canvas.current ? showOverlays(client, canvas.current) : undefined), [client]);

  return <canvas ref={canvas} style={SIZE} />;
}

/** Who draws it reads its boxes. */
function noteAgeWhenDrawn(overlay: OverlayMessage): void {
  const { boxes } = overlay.data;
  Object.defineProperty(overlay.data, 'boxes', {
    get() {
      noteAge(overlay);
      return boxes;
    },
  });
}

function NewestEvents() {
  const { isConnected } = useHub();
  const { events, dropped } = useHubEvents();
  Object.assign(seen, { list: events.map(numberOf), dropped });

  return (
    <List isConnected={isConnected}>
      {events.map((event) => 'id' in event && <pre key={event.id}>{JSON.stringify(event)}</pre>)}
    </List>
  );
}

function Busy() {
  useHubEvent('message', () => {
    for (const until = performance.now() + busyMs; performance.now() < until;);
  });

  return null;
}

const PAGES: Readonly<Record<string, ReactNode>> = {
  guide: <Guide />,
  swapped: <Swapped />,
  latest: <Hooks picture={<LatestPicture />} />,
  shown: <Hooks picture={<ShownPicture />} />,
};

createRoot(document.body.appendChild(document.createElement('main'))).render(PAGES[query.get('page') ?? '']);
