// Loaded into a hub by --import: tells its parent, when asked, how long the event loop was blocked since it was last asked.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();

process.on('message', () => {
  const ms = (/** @type {number} */ nanoseconds) => nanoseconds / 1e6;
  process.send?.({
    p99: ms(delays.percentile(99)),
    max: ms(delays.max),
    cpu: process.cpuUsage(),
    rss: process.memoryUsage.rss(),
  });
  delays.reset();
});
// The channel alone must not keep the hub alive.
process.channel?.unref();
