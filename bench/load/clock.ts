const origin = Number(process.hrtime.bigint()) - performance.now() * 1e6;

/** Nanoseconds of a clock that all processes of this machine share. */
export function clock(): number {
  return Math.round(origin + performance.now() * 1e6);
}
