// A tab with the dashboard, and what it costs.
import { type Chromium, Session } from './chromium.js';

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

/** What the probes have counted. */
export interface Probes {
  messages: number;
  due: number;
  /** In ms. */
  waits: number[];
}

type Figure = keyof typeof FIGURES;

const FIGURES = {
  busy: 'TaskDuration',
  script: 'ScriptDuration',
  layout: 'LayoutDuration',
  style: 'RecalcStyleDuration',
};

/** Two sessions with the page, since each has one clock: the wall's, and that of the processor's time of the thread. */
export class DashboardTab {
  private constructor(
    private readonly chromium: Chromium,
    private readonly id: string,
    private readonly sessions: { wall: Session; cpu: Session; painter: Session },
  ) {}

  static async open(chromium: Chromium, url: string): Promise<DashboardTab> {
    const id = await chromium.openTab('about:blank');
    const [wall, cpu] = [await chromium.attach(id), await chromium.attach(id)];
    await wall.send('Performance.enable', { timeDomain: 'timeTicks' });
    await cpu.send('Performance.enable', { timeDomain: 'threadTicks' });
    await wall.send('Page.enable');
    await wall.send('Page.addScriptToEvaluateOnNewDocument', { source: PAGE_PROBE });
    const attached = new Promise<Session>((resolve) => {
      chromium.onEvent(({ method, params }) => {
        if (method !== 'Target.attachedToTarget') return;
        const { targetInfo, sessionId } = params as { targetInfo: { type: string }; sessionId: string };
        if (targetInfo.type === 'worker') resolve(new Session(chromium, sessionId));
      });
    });
    await wall.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true });
    await wall.send('Page.navigate', { url });
    const painter = await attached;
    await painter.evaluate(PAINTER_PROBE);
    await painter.send('Runtime.runIfWaitingForDebugger');

    return new DashboardTab(chromium, id, { wall, cpu, painter });
  }

  evaluate<T>(expression: string): Promise<T> {
    return this.sessions.wall.evaluate(expression);
  }

  async resetProbes(): Promise<void> {
    await this.evaluate('Object.assign(probe, { messages: 0 })');
    await this.sessions.painter.evaluate('Object.assign(probe, { due: 0, waits: [] })');
  }

  async probes(): Promise<Probes> {
    const page = await this.evaluate<Pick<Probes, 'messages'>>('probe');
    const painter = await this.sessions.painter.evaluate<Pick<Probes, 'due' | 'waits'>>('probe');

    return { ...page, ...painter };
  }

  /** In kB, once what nobody needs is gone. */
  async heap(): Promise<number> {
    await this.sessions.wall.send('HeapProfiler.collectGarbage');

    return ((await metricsOf(this.sessions.wall))['JSHeapUsedSize'] ?? NaN) / 1000;
  }

  /** What share of the time the main thread was at work while this ran; `cpu` of the processor's time. */
  async costOf(run: () => Promise<unknown>): Promise<Record<Figure | 'cpu', number>> {
    const { wall: wallSession, cpu: cpuSession } = this.sessions;
    const startedAt = performance.now();
    const [wall, cpu] = [await metricsOf(wallSession), await metricsOf(cpuSession)];
    await run();
    const [wallEnd, cpuEnd] = [await metricsOf(wallSession), await metricsOf(cpuSession)];
    const seconds = (performance.now() - startedAt) / 1000;
    const share = (name: string, from: Metrics, to: Metrics): number =>
      ((to[name] ?? NaN) - (from[name] ?? NaN)) / seconds;
    const shares = Object.entries(FIGURES).map(([figure, name]) => [figure, share(name, wall, wallEnd)]);

    return { ...(Object.fromEntries(shares) as Record<Figure, number>), cpu: share('TaskDuration', cpu, cpuEnd) };
  }

  /** Behind another tab. */
  async hide(): Promise<void> {
    await this.chromium.openTab('about:blank');
    await this.evaluate(`new Promise((resolve) => {
      if (document.hidden) resolve();
      else document.addEventListener('visibilitychange', () => resolve(), { once: true });
    })`);
  }

  show(): Promise<unknown> {
    return this.chromium.send('Target.activateTarget', { targetId: this.id });
  }
}

type Metrics = Record<string, number>;

async function metricsOf(session: Session): Promise<Metrics> {
  const { metrics } = await session.send('Performance.getMetrics');

  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}
