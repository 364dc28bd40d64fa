import { HubPanel } from '../hub-panel/hub-panel.js';
import { Stage } from '../stage/stage.js';
import { Telemetry } from '../telemetry/telemetry.js';
import { Timeline } from '../timeline/timeline.js';
import { Header } from './header.js';
import { Notices } from './notices.js';

export function App() {
  return (
    <>
      <Header />
      <main className="page">
        <Stage />
        <Telemetry />
        <Timeline />
        <HubPanel />
      </main>
      <Notices />
    </>
  );
}
