// A tab with the dashboard, and what it costs.
import { Session } from './chromium.mjs';

/** Counts what comes to the thread that draws, and how long it waits there to be drawn. */
const PAINTER_PROBE = `{
  globalThis.probe = { due: 0, waits: [] };
  let since;
  addEventListener('message', ({ data: { put } }) => {
    if (put?.overlay_type !== 'detection' && put?.overlay_type !== 'pose') return;
    if (since === undefined) probe.due++;
    since ??= performance.now();
  });
  const { clearRect } = OffscreenCanvasRenderingContext2D.prototype;
  let lowest;
  OffscreenCanvasRenderingContext2D.prototype.clearRect = function (...args) {
    // The one below has the heat, and is not drawn with each frame.
    lowest ??= this;
    if (this !== lowest && since !== undefined) {
      probe.waits.push(performance.now() - since);
      since = undefined;
    }
    return clearRect.apply(this, args);
  };
}`;

/** Counts what comes to the page. */
const PAGE_PROBE = `(() => {
  const probe = (globalThis.probe = { messages: 0 });
  globalThis.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', () => probe.messages++);
    }
  };
})()`;

const FIGURES = {
  busy: 'TaskDuration',
  script: 'ScriptDuration',
  layout: 'LayoutDuration',
  style: 'RecalcStyleDuration',
};

/** Two sessions with the page, since each has one clock: the wall's, and that of the processor's time of the thread. */
export class DashboardTab {
  constructor(chromium, id, sessions) {
    Object.assign(this, { chromium, id }, sessions);
  }

  static async open(chromium, url) {
    const id = await chromium.openTab('about:blank');
    const [wall, cpu] = [await chromium.attach(id), await chromium.attach(id)];
    await wall.send('Performance.enable', { timeDomain: 'timeTicks' });
    await cpu.send('Performance.enable', { timeDomain: 'threadTicks' });
    await wall.send('Page.enable');
    await wall.send('Page.addScriptToEvaluateOnNewDocument', { source: PAGE_PROBE });
    const attached = new Promise((resolve) => {
      chromium.onEvent(({ method, params }) => {
        const isWorker = method === 'Target.attachedToTarget' && params.targetInfo.type === 'worker';
        if (isWorker) resolve(new Session(chromium, params.sessionId));
      });
    });
    await wall.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true });
    await wall.send('Page.navigate', { url });
    const painter = await attached;
    await painter.evaluate(PAINTER_PROBE);
    await painter.send('Runtime.runIfWaitingForDebugger');

    return new DashboardTab(chromium, id, { wall, cpu, painter });
  }

  evaluate(expression) {
    return this.wall.evaluate(expression);
  }

  async resetProbes() {
    await this.evaluate('Object.assign(probe, { messages: 0 })');
    await this.painter.evaluate('Object.assign(probe, { due: 0, waits: [] })');
  }

  async probes() {
    return { ...(await this.evaluate('probe')), ...(await this.painter.evaluate('probe')) };
  }

  /** In kB, once what nobody needs is gone. */
  async heap() {
    await this.wall.send('HeapProfiler.collectGarbage');

    return (await metricsOf(this.wall)).JSHeapUsedSize / 1000;
  }

  /** What share of the time the main thread was at work while this ran; `cpu` of the processor's time. */
  async costOf(run) {
    const startedAt = performance.now();
    const [wall, cpu] = [await metricsOf(this.wall), await metricsOf(this.cpu)];
    await run();
    const [wallEnd, cpuEnd] = [await metricsOf(this.wall), await metricsOf(this.cpu)];
    const seconds = (performance.now() - startedAt) / 1000;
    const share = (name, from, to) => (to[name] - from[name]) / seconds;
    const shares = Object.entries(FIGURES).map(([figure, name]) => [figure, share(name, wall, wallEnd)]);

    return { ...Object.fromEntries(shares), cpu: share('TaskDuration', cpu, cpuEnd) };
  }

  /** Behind another tab. */
  async hide() {
    await this.chromium.openTab('about:blank');
    await this.evaluate(`new Promise((resolve) => {
      if (document.hidden) resolve();
      else document.addEventListener('visibilitychange', () => resolve(), { once: true });
    })`);
  }

  show() {
    return this.chromium.send('Target.activateTarget', { targetId: this.id });
  }
}

async function metricsOf(session) {
  const { metrics } = await session.send('Performance.getMetrics');

  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}
