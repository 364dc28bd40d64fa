import { createStore, type Readable } from '../app/store.js';
import { oneOf, TEXT, urlParameter } from '../app/url-state.js';
import { camera } from './overlay-settings.js';

/** What the overlays are drawn over. */
export type MediaSource =
  | { kind: 'scene' }
  | { kind: 'video'; url: string; name: string }
  | { kind: 'mjpeg'; url: string; name: string }
  | { kind: 'webcam' };

/** What a link can say; a dropped file is of this page alone. */
const kindParameter = urlParameter<MediaSource['kind']>('stage', 'scene', oneOf('scene', 'video', 'mjpeg', 'webcam'));
const addressParameter = urlParameter('address', '', TEXT);

/** In this browser, until the hub keeps them. */
const STORAGE_KEY = 'pictures';
const SCENE: MediaSource = { kind: 'scene' };

/** The picture of each camera, by its name; that of `''` is also that of a camera which is alone and has none. */
export type Pictures = ReadonlyMap<string, MediaSource>;

const store = createStore<Pictures>(new Map([...stored(), [camera.get(), fromAddress()]]));

export const pictures: Readable<Pictures> = store;

// The address shows the picture of the camera that it shows.
camera.subscribe(() => remember(mediaOf(store.get(), camera.get(), true)));

/** @param isAlone whether it is the only camera that is shown */
export function mediaOf(all: Pictures, name: string, isAlone: boolean): MediaSource {
  return all.get(name) ?? (isAlone ? all.get('') : undefined) ?? SCENE;
}

/** @throws TypeError for what is no address of the web: a link must not make the page run anything */
export function showAddress(name: string, kind: 'video' | 'mjpeg', address: string): void {
  const url = webAddress(address);
  show(name, { kind, url, name: nameOf(url) });
}

export function showFile(name: string, file: File): void {
  show(name, { kind: 'video', url: URL.createObjectURL(file), name: file.name });
}

export function showWebcam(name: string): void {
  show(name, { kind: 'webcam' });
}

export function showScene(name: string): void {
  show(name, SCENE);
}

/** Whether this page may ask for a camera at all: browsers allow it on https and on localhost only. */
export function canUseWebcam(): boolean {
  return 'mediaDevices' in navigator;
}

function show(name: string, source: MediaSource): void {
  const last = store.get().get(name);
  if (last && isFile(last)) URL.revokeObjectURL(last.url);
  store.set(new Map([...store.get(), [name, source]]));
  if (name === camera.get() || camera.get() === '') remember(source);
  keep();
}

/** A dropped file is of this page alone. */
function isFile(source: MediaSource): source is Extract<MediaSource, { kind: 'video' }> {
  return source.kind === 'video' && source.url.startsWith('blob:');
}

function remember(source: MediaSource): void {
  kindParameter.set(isFile(source) ? 'scene' : source.kind);
  addressParameter.set(isFile(source) || !('url' in source) ? '' : source.url);
}

function keep(): void {
  const named = [...store.get()].filter(([name, source]) => name !== '' && !isFile(source));
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(named));
  } catch {
    // Full or forbidden: then it is kept as long as the page is open.
  }
}

function stored(): [string, MediaSource][] {
  try {
    const list = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '[]') as [string, Partial<Record<string, string>>][];

    return list.flatMap(([name, { kind, url }]) =>
      sourceOf(String(kind), String(url ?? '')).map((each): [string, MediaSource] => [name, each]),
    );
  } catch {
    return [];
  }
}

function fromAddress(): MediaSource {
  const kept = new Map(stored()).get(camera.get());
  const [source = SCENE] = sourceOf(kindParameter.get(), addressParameter.get());

  return source.kind === 'scene' && kept && camera.get() !== '' ? kept : source;
}

/** None where the address is none of the web. */
function sourceOf(kind: string, address: string): MediaSource[] {
  if (kind === 'webcam' || kind === 'scene') return [{ kind }];
  if (kind !== 'video' && kind !== 'mjpeg') return [];

  try {
    const url = webAddress(address);
    return [{ kind, url, name: nameOf(url) }];
  } catch {
    return [];
  }
}

function webAddress(address: string): string {
  const trimmed = address.trim();
  if (trimmed === '') throw new TypeError('give the address of a video');

  let url: URL;
  try {
    url = new URL(trimmed, location.href);
  } catch {
    throw new TypeError('this is no address');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new TypeError('an address begins with http:// or https://');

  return url.href;
}

function nameOf(url: string): string {
  const { hostname, pathname } = new URL(url);
  const name = pathname.split('/').at(-1) ?? '';

  try {
    return decodeURIComponent(name) || hostname;
  } catch {
    // A percent sign that begins no code is an address all the same.
    return name;
  }
}
