import { createStore, type Store } from './store.js';

/** How a value reads in the query of the page's address. */
export interface Codec<T> {
  /** `undefined` for what is not such a value: then the parameter counts as absent. */
  parse(text: string): T | undefined;
  format(value: T): string;
}

export const TEXT: Codec<string> = { parse: (text) => text, format: (value) => value };
export const FLAG: Codec<boolean> = {
  parse: (text) => text === '1' || text === 'true',
  format: (value) => (value ? '1' : '0'),
};
export const NAMES: Codec<readonly string[]> = {
  parse: (text) => text.split(',').filter((name) => name !== ''),
  format: (value) => value.join(','),
};

/** One of these words. */
export function oneOf<T extends string>(...words: readonly T[]): Codec<T> {
  return { parse: (text) => words.find((word) => word === text), format: (value) => value };
}

/** @param digits behind the point, in the address */
export function number(min: number, max: number, digits = 2): Codec<number> {
  return {
    parse: (text) => (text.trim() === '' || !(Number(text) >= min && Number(text) <= max) ? undefined : Number(text)),
    format: (value) => `${Number(value.toFixed(digits))}`,
  };
}

const reloads = new Set<() => void>();

/**
 * A value that stands in the address, so that a link or a reload shows the same page. At its default it is left out, and
 * no history entry is made: the back button leaves the page.
 */
export function urlParameter<T>(name: string, initial: T, codec: Codec<T>): Store<T> {
  const read = (): T => {
    const text = new URLSearchParams(location.search).get(name);

    return (text === null ? undefined : codec.parse(text)) ?? initial;
  };
  const store = createStore(read());
  reloads.add(() => store.set(read()));

  return {
    ...store,
    set(value) {
      store.set(value);
      const query = new URLSearchParams(location.search);
      if (codec.format(value) === codec.format(initial)) query.delete(name);
      else query.set(name, codec.format(value));
      const text = query.toString();
      history.replaceState(history.state, '', `${location.pathname}${text && `?${text}`}${location.hash}`);
    },
  };
}

addEventListener('popstate', () => reloads.forEach((reload) => reload()));
