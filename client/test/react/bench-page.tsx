import { useEffect, useRef } from 'react';
import { createRoot } from 'react-dom/client';
import type { OverlayMessage } from 'dogmonitor-client';
import { clearOverlay, drawOverlay } from 'dogmonitor-client/overlay';
import { HubProvider, useHub, useHubEvents, useLatest, useWebSocket } from 'dogmonitor-client/react';
import { useWebSocket as useGuidesWebSocket } from './guide-hook.js';

const query = new URLSearchParams(location.search);
const url = `ws://${query.get('hub')}/ws/ui`;

/** Of each overlay that was drawn: how old it was, in ms. */
const ages: number[] = [];
/** Of the newest message shown in the list. */
let shown = -1;
Object.assign(window, { ages, shown: () => shown });

function Picture({ overlay }: { overlay: OverlayMessage | undefined }) {
  const canvas = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    const ctx = canvas.current?.getContext('2d');
    if (!ctx || !overlay) return;

    clearOverlay(ctx);
    drawOverlay(ctx, overlay);
    ages.push(Date.now() - Number(overlay.data['sent_at']));
  }, [overlay]);

  return <canvas ref={canvas} style={{ width: 640, height: 360 }} />;
}

function List({ isConnected, messages }: { isConnected: boolean; messages: readonly unknown[] }) {
  const last = messages.at(-1) as { data?: { n?: number } } | undefined;
  shown = last?.data?.n ?? shown;

  return (
    <div style={{ height: 300, overflow: 'auto' }}>
      <p>{isConnected ? 'Connected' : 'Disconnected'}</p>
      {messages.map((message, index) => (
        <pre key={index}>{JSON.stringify(message)}</pre>
      ))}
    </div>
  );
}

function newestOverlay(messages: readonly unknown[]): OverlayMessage | undefined {
  return messages.findLast((message) => (message as OverlayMessage).type === 'overlay') as OverlayMessage | undefined;
}

/** The page with the hook of the guide. */
function Guide() {
  const { messages, isConnected } = useGuidesWebSocket(url);

  return (
    <>
      <Picture overlay={newestOverlay(messages)} />
      <List isConnected={isConnected} messages={messages} />
    </>
  );
}

/** The same page with the import swapped. */
function Swapped() {
  const { messages, isConnected } = useWebSocket(url);

  return (
    <>
      <Picture overlay={newestOverlay(messages)} />
      <List isConnected={isConnected} messages={messages} />
    </>
  );
}

/** The same page as one writes it with the hooks: each part gets what it shows. */
function Hooks() {
  return (
    <HubProvider url={url}>
      <NewestPicture />
      <NewestEvents />
    </HubProvider>
  );
}

function NewestPicture() {
  return <Picture overlay={useLatest('overlay')} />;
}

function NewestEvents() {
  const { isConnected } = useHub();
  const { events } = useHubEvents();

  return <List isConnected={isConnected} messages={events} />;
}

const PAGES = { guide: Guide, swapped: Swapped, hooks: Hooks };
const Page = PAGES[query.get('page') as keyof typeof PAGES];

createRoot(document.body.appendChild(document.createElement('main'))).render(<Page />);
