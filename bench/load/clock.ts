/** Nanoseconds of a clock that all processes of this machine share. */
export function clock(): number {
  return Number(process.hrtime.bigint());
}
