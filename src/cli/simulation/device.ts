import { clamp, round } from './geometry.js';
import { between, type Random } from './random.js';

/** The simulated camera itself: what its telemetry tells. */
export class Device {
  private battery = 92;
  private isCharging = false;
  private temperature = 44;
  private latencyMs = 24;

  constructor(
    private readonly random: Random,
    /** Frames a second. */
    private readonly fps: number,
  ) {}

  /** @param load 0..1, how much there is to see: work makes it warm and slow */
  step(seconds: number, load: number): void {
    this.battery = clamp(this.battery + seconds * (this.isCharging ? 0.6 : -0.12), 0, 100);
    if (this.battery <= 15) this.isCharging = true;
    if (this.battery >= 100) this.isCharging = false;
    this.temperature += (42 + 9 * load + (this.isCharging ? 2 : 0) - this.temperature) * 0.05 * seconds;
    this.latencyMs = clamp(this.latencyMs + between(this.random, -20, 20) * seconds + load * seconds, 12, 60);
  }

  reading(): Record<string, number> {
    return {
      fps: round(this.fps * between(this.random, 0.97, 1), 2),
      latency_ms: round(this.latencyMs, 1),
      temperature: round(this.temperature, 1),
      battery: round(this.battery, 1),
    };
  }
}
