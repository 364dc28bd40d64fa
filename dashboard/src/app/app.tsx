import { HubProvider } from 'dogmonitor-client/react';
import { useEffect } from 'react';
import { HubPanel } from '../hub-panel/hub-panel.js';
import { watchStatus } from '../hub-panel/hub-status.js';
import { Stage } from '../stage/stage.js';
import { Telemetry } from '../telemetry/telemetry.js';
import { Timeline } from '../timeline/timeline.js';
import { Header } from './header.js';
import { hub } from './hub.js';
import { Notices } from './notices.js';
import { SkipLinks } from './skip-links.js';
import { useStore } from './store.js';
import { Tidings } from './tidings.js';
import { view } from './view.js';

const PARTS = [
  ['stage', 'Skip to the picture'],
  ['timeline', 'Skip to the timeline'],
  ['telemetry', 'Skip to the telemetry'],
] as const;

export function App() {
  const isHub = useStore(view) === 'hub';
  useEffect(watchStatus, []);

  return (
    <HubProvider client={hub}>
      <Tidings />
      {!isHub && <SkipLinks targets={PARTS} />}
      <Header />
      <main className="page" data-view={isHub ? 'hub' : 'monitor'}>
        {isHub ? (
          <HubPanel />
        ) : (
          <>
            <Stage />
            <Timeline />
            <Telemetry />
          </>
        )}
      </main>
      <Notices />
    </HubProvider>
  );
}
