import { notify } from '../app/notices.js';

/**
 * Draws all overlays of the page in a thread of its own. Three cameras bring 170 overlays a second: drawn by the page itself,
 * they alone kept its thread busy for a third of the time, and all else waited for them.
 */
export const painter = new Worker(new URL('./painter-worker.ts', import.meta.url), { type: 'module', name: 'painter' });

painter.addEventListener('error', () => notify('bad', 'the overlays cannot be drawn: reload the page'));
