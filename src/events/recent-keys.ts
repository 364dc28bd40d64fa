/** Remembers a value per key for a time, newest `maxCount` at most; older ones are forgotten first. */
export class RecentKeys<T> {
  private readonly entries = new Map<string, { value: T; until: number }>();

  constructor(
    private readonly keepMs: number,
    private readonly maxCount: number,
  ) {}

  get(key: string): T | undefined {
    const entry = this.entries.get(key);

    return entry && entry.until > performance.now() ? entry.value : undefined;
  }

  set(key: string, value: T): void {
    const now = performance.now();
    this.entries.delete(key);
    this.entries.set(key, { value, until: now + this.keepMs });

    for (const [oldest, { until }] of this.entries) {
      if (until > now && this.entries.size <= this.maxCount) break;
      this.entries.delete(oldest);
    }
  }

  delete(key: string): void {
    this.entries.delete(key);
  }
}
