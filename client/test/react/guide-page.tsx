import { createRoot } from 'react-dom/client';
import { App } from './guide-example.js';

createRoot(document.body.appendChild(document.createElement('div'))).render(<App />);
