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

/**
 * Calls the listener when the network is back, the page is seen again, or it goes on after it was frozen or kept for the back
 * button. Returns how to stop.
 */
export function onWake(listener: () => void): () => void {
  const { document, addEventListener, removeEventListener } = environment;
  const handleVisibility = (): void => {
    if (!isHidden()) listener();
  };
  const handleShow = ({ persisted }: PageTransitionEvent): void => {
    if (persisted) listener();
  };
  addEventListener?.('online', listener);
  addEventListener?.('pageshow', handleShow);
  document?.addEventListener('visibilitychange', handleVisibility);
  document?.addEventListener('resume', listener);

  return () => {
    removeEventListener?.('online', listener);
    removeEventListener?.('pageshow', handleShow);
    document?.removeEventListener('visibilitychange', handleVisibility);
    document?.removeEventListener('resume', listener);
  };
}
