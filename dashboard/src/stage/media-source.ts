import { createStore, type Readable } from '../app/store.js';
import { oneOf, TEXT, urlParameter } from '../app/url-state.js';

/** What the overlays are drawn over. */
export type MediaSource =
  | { kind: 'scene' }
  | { kind: 'video'; url: string; name: string }
  | { kind: 'mjpeg'; url: string; name: string }
  | { kind: 'webcam' };

/** What a link can say; a dropped file is of this page alone. */
const kindParameter = urlParameter<MediaSource['kind']>('stage', 'scene', oneOf('scene', 'video', 'mjpeg', 'webcam'));
const addressParameter = urlParameter('address', '', TEXT);

const store = createStore<MediaSource>(fromAddress());

export const mediaSource: Readable<MediaSource> = store;

/** @throws TypeError for what is no address of the web: a link must not make the page run anything */
export function showAddress(kind: 'video' | 'mjpeg', address: string): void {
  const url = webAddress(address);
  remember(kind, url);
  replace({ kind, url, name: nameOf(url) });
}

export function showFile(file: File): void {
  remember('scene', '');
  replace({ kind: 'video', url: URL.createObjectURL(file), name: file.name });
}

export function showWebcam(): void {
  remember('webcam', '');
  replace({ kind: 'webcam' });
}

export function showScene(): void {
  remember('scene', '');
  replace({ kind: 'scene' });
}

/** Whether this page may ask for a camera at all: browsers allow it on https and on localhost only. */
export function canUseWebcam(): boolean {
  return 'mediaDevices' in navigator;
}

function replace(source: MediaSource): void {
  const last = store.get();
  if ('url' in last && last.url.startsWith('blob:')) URL.revokeObjectURL(last.url);
  store.set(source);
}

function remember(kind: MediaSource['kind'], address: string): void {
  kindParameter.set(kind);
  addressParameter.set(address);
}

function fromAddress(): MediaSource {
  const kind = kindParameter.get();
  if (kind === 'webcam' || kind === 'scene') return { kind };

  try {
    const url = webAddress(addressParameter.get());
    return { kind, url, name: nameOf(url) };
  } catch {
    return { kind: 'scene' };
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
