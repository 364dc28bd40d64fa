// Loaded into a hub that is under test: says at each SIGUSR2 what it holds when all garbage is gone.
let looks = 0;

process.on('SIGUSR2', () => {
  globalThis.gc?.();
  setImmediate(() => {
    globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    process.stdout.write(`memory ${++looks}: held ${heapUsed + external} resident ${rss}\n`);
  });
});
