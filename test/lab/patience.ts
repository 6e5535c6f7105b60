/** How often the time that a quiet machine needs is waited for; an emulated one sets it. */
const slowness = Math.max(1, Number(process.env["SALLYPORT_TEST_SLOWNESS"] ?? 1) || 1);

/** A deadline for this machine: the given one suits a machine with processors of its own. */
export function patience(ms: number): number {
  return ms * slowness;
}
