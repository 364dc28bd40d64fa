import { createStore, useStore, type Readable } from './store.js';
import { oneOf, urlParameter } from './url-state.js';

export type Theme = 'dark' | 'light';

/** `system` follows the browser, and changes with it. */
const choice = urlParameter<Theme | 'system'>('theme', 'system', oneOf('dark', 'light'));
const systemIsLight = matchMedia('(prefers-color-scheme: light)');
const effective = createStore<Theme>('dark');

function apply(): void {
  const chosen = choice.get();
  effective.set(chosen === 'system' ? (systemIsLight.matches ? 'light' : 'dark') : chosen);
  document.documentElement.dataset['theme'] = effective.get();
}

choice.subscribe(apply);
systemIsLight.addEventListener('change', apply);
apply();

/** What is shown now: charts that draw their own colours redraw when it changes. */
export const theme: Readable<Theme> = effective;

export function useTheme(): Theme {
  return useStore(theme);
}

export function toggleTheme(): void {
  choice.set(effective.get() === 'dark' ? 'light' : 'dark');
}
