import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

export interface Dashboard {
  page: Page;
  /** What the browser complained about so far, and requests that left the host. */
  problems: string[];
  close: () => Promise<void>;
}

/** Opens the page as a person would, and waits until it is connected. @param prepare what is done before it is opened */
export async function openDashboard(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
  prepare?: (page: Page) => Promise<void>,
): Promise<Dashboard> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  // Less than a test has, so that what was waited for is named.
  page.setDefaultTimeout(60_000);
  const problems: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (!['data:', 'blob:'].includes(protocol) && hostname !== new URL(url).hostname) problems.push(request.url());
  });

  await prepare?.(page);
  await page.goto(url);
  await page.getByLabel('Connection: live').waitFor();

  return { page, problems, close: () => context.close() };
}

/** Waits until this gives what is expected, and gives the last it gave; to be checked by the caller. */
export async function eventually<T>(
  read: () => Promise<T>,
  isRight: (value: T) => boolean,
  withinMs = 60_000,
): Promise<T> {
  const end = performance.now() + withinMs;

  for (;;) {
    const value = await read();
    if (isRight(value) || performance.now() > end) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
