/** Throws on a broken internal promise; stays on in production, where the process restarts closed. */
export function assert(condition: unknown, promise: string): asserts condition {
  if (!condition) throw new Error(`broken promise: ${promise}`);
}
