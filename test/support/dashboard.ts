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

/** The query of the page's address, as the page has it now: what the browser tells of it may come later. */
export async function queryOf(page: Page): Promise<URLSearchParams> {
  return new URLSearchParams(await page.evaluate<string>('location.search'));
}

/** Keeps all that the badge of the connection says from now on: some states pass before anybody looks. */
export async function watchConnection(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(`(() => {
    const badge = document.querySelector('.connection .badge');
    const said = (window.said = [badge.ariaLabel]);
    new MutationObserver(() => {
      if (said.at(-1) !== badge.ariaLabel) said.push(badge.ariaLabel);
    }).observe(badge, { attributes: true });
  })()`);

  return () => page.evaluate<string[]>('window.said');
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

/** Goes to another view of the page. */
export async function goTo(page: Page, view: 'Monitor' | 'Hub'): Promise<void> {
  await page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: view }).click();
}
