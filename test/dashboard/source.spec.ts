import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { type Dashboard, eventually, openDashboard, queryOf } from '../support/dashboard.js';
import { startHub, type TestHub } from '../support/hub.js';
import { record } from './numbered-video.js';

/** A picture of 32 by 18 pixels, as a camera would send it. */
const JPEG = `(() => {
  const canvas = document.createElement('canvas');
  canvas.width = 32;
  canvas.height = 18;
  canvas.getContext('2d').fillRect(0, 0, 9, 9);
  return canvas.toDataURL('image/jpeg').split(',')[1];
})()`;

/** Drops a file on the stage, once that says that it takes it. */
const DROP = `async ([name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name, { type }));
  const drag = (kind) => document.querySelector('.stage-screen')
    .dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer }));
  drag('dragover');
  while (!document.querySelector('.stage-drop')) await new Promise((resolve) => requestAnimationFrame(resolve));
  drag('drop');
}`;

describe('the picture of the stage', () => {
  let hub: TestHub;
  let browser: Browser;
  let dashboard: Dashboard;
  let page: Page;
  let file: Awaited<ReturnType<typeof record>>;
  let jpeg: Buffer;
  /** Another host, that knows nothing of CORS, as most cameras. */
  let camera: Server;
  let isCameraOn = true;

  const answer: RequestListener = (request, response) => {
    if (!isCameraOn) {
      response.writeHead(503).end();
    } else if (request.url === '/numbers.webm') {
      response.writeHead(200, { 'content-type': file.mimeType, 'content-length': file.buffer.length });
      response.end(file.buffer);
    } else {
      response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=frame' });
      const part = `--frame\r\ncontent-type: image/jpeg\r\ncontent-length: ${jpeg.length}\r\n\r\n`;
      for (let i = 0; i < 3; i++) response.write(Buffer.concat([Buffer.from(part), jpeg, Buffer.from('\r\n')]));
    }
  };
  const addressOf = (path: string): string => `http://127.0.0.1:${(camera.address() as AddressInfo).port}${path}`;
  const show = async (address: string, kind: string): Promise<void> => {
    await page.keyboard.press('v');
    await page.getByLabel('Address').fill(address);
    await page.getByRole('radio', { name: kind }).check({ force: true });
    await page.getByRole('button', { name: 'Show it' }).click();
  };
  /** Of the picture itself, in its pixels; waits until there is one. */
  const widthOf = async (picture: Locator): Promise<number> => {
    await picture.waitFor();

    return eventually(
      () =>
        page.evaluate<number>(
          "(({ videoWidth, naturalWidth }) => videoWidth ?? naturalWidth)(document.querySelector('.stage-picture'))",
        ),
      (width) => width > 0,
    );
  };

  beforeAll(async () => {
    hub = await startHub();
    browser = await openBrowser(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']);
    const { page: studio, close } = await openDashboard(browser, hub.url);
    file = await record(studio);
    jpeg = Buffer.from(await studio.evaluate<string>(JPEG), 'base64');
    await close();
    camera = createServer(answer).listen(0, '127.0.0.1');
    await once(camera, 'listening');
  });
  afterAll(async () => {
    await browser.close();
    camera.closeAllConnections();
    camera.close();
    await hub.close();
  });

  beforeEach(async () => {
    isCameraOn = true;
    dashboard = await openDashboard(browser, hub.url);
    page = dashboard.page;
  });
  afterEach(() => dashboard.close());

  it('is a video from an address, of another host too, whose frames are known', async () => {
    await show(addressOf('/numbers.webm'), 'Video');

    expect(await widthOf(page.getByLabel('Video numbers.webm'))).toBe(320);
    await page.locator('.stage-overlay[data-frame]').first().waitFor({ state: 'attached' });
    expect((await queryOf(page)).get('address')).toBe(addressOf('/numbers.webm'));
  });

  it('is the live picture of a camera, with a percent sign in its address', async () => {
    await show(addressOf('/stream%'), 'Live picture');

    expect(await widthOf(page.getByAltText('Live picture of stream%'))).toBe(32);
    expect((await queryOf(page)).get('stage')).toBe('mjpeg');
  });

  it('is tried again when its camera is back', async () => {
    isCameraOn = false;
    await show(addressOf('/numbers.webm'), 'Video');
    await page.getByRole('alert').filter({ hasText: 'numbers.webm cannot be played' }).waitFor();
    isCameraOn = true;
    await page.getByRole('button', { name: 'Try again' }).click();

    expect(await widthOf(page.getByLabel('Video numbers.webm'))).toBe(320);
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('is a file that is dropped on the stage', async () => {
    const dropped = [file.name, file.mimeType, file.buffer.toString('base64')];
    await page.evaluate(`(${DROP})(${JSON.stringify(dropped)})`);

    expect(await widthOf(page.getByLabel('Video numbers.webm'))).toBe(320);
    expect(dashboard.problems).toEqual([]);
  });

  it('is the webcam, and the drawn scene again', async () => {
    await page.getByRole('button', { name: 'Choose the picture' }).click();
    await page.getByRole('button', { name: 'Use the webcam' }).click();
    expect(await widthOf(page.getByLabel('Webcam'))).toBeGreaterThan(0);
    expect((await queryOf(page)).get('stage')).toBe('webcam');

    await page.getByRole('button', { name: 'Choose the picture' }).click();
    await page.getByRole('button', { name: 'Show the drawn scene' }).click();
    await page.getByRole('img', { name: 'A drawn room' }).waitFor();
    expect((await queryOf(page)).has('stage')).toBe(false);
    expect(dashboard.problems).toEqual([]);
  });
});
