/** What there may be around the client: all of it in a page, less in a worker, nothing in Node. */
const environment = globalThis as {
  document?: Document;
  location?: { href: string };
  addEventListener?: typeof addEventListener;
  removeEventListener?: typeof removeEventListener;
};

/** The address of the page or worker; `undefined` in Node. */
export function pageUrl(): string | undefined {
  return environment.location?.href;
}

/** Whether nobody sees the page. Its timers are late then, by up to a minute. */
export function isHidden(): boolean {
  return environment.document?.hidden ?? false;
}

/** Calls the listener when the network is back, or the page is seen again. Returns how to stop. */
export function onWake(listener: () => void): () => void {
  const { document, addEventListener, removeEventListener } = environment;
  const handleVisibility = (): void => {
    if (!isHidden()) listener();
  };
  addEventListener?.('online', listener);
  document?.addEventListener('visibilitychange', handleVisibility);

  return () => {
    removeEventListener?.('online', listener);
    document?.removeEventListener('visibilitychange', handleVisibility);
  };
}
