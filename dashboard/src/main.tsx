import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.js';
import { watchHub } from './app/hub.js';
import { watchKiosk } from './app/kiosk.js';
import { watchReplay } from './replay/replay.js';
import { watchCameras } from './stage/cameras.js';
import { watchOverlays } from './stage/overlay-feed.js';
import { watchTelemetry } from './telemetry/telemetry-store.js';
import { watchTimeline } from './timeline/timeline-store.js';
import './app/tokens.css';
import './app/base.css';
import './app/layout.css';
import './stage/stage.css';
import './hub-panel/hub-panel.css';

const root = document.getElementById('root');
if (!root) throw new Error('the page has no #root');

watchKiosk();
watchHub();
watchOverlays();
watchCameras();
watchReplay();
watchTelemetry();
watchTimeline();

createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
