import { HubProvider } from 'dogmonitor-client/react';
import { HubPanel } from '../hub-panel/hub-panel.js';
import { Stage } from '../stage/stage.js';
import { Telemetry } from '../telemetry/telemetry.js';
import { Timeline } from '../timeline/timeline.js';
import { Header } from './header.js';
import { hub } from './hub.js';
import { Notices } from './notices.js';
import { Tidings } from './tidings.js';

export function App() {
  return (
    <HubProvider client={hub}>
      <Tidings />
      <Header />
      <main className="page">
        <Stage />
        <Telemetry />
        <Timeline />
        <HubPanel />
      </main>
      <Notices />
    </HubProvider>
  );
}
