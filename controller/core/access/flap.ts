/**
 * Fast to close, slow to open: a resource that was closed opens again only after a steady pass.
 *
 *   closed ──passes──▶ holding ──holdMs──▶ open ──closes within 5 min──▶ closed (holdMs doubled)
 *                         └──fails──▶ closed
 */

const firstHoldMs = 2_000;
const longestHoldMs = 60_000;
const calmMs = 300_000;

/** A resource of a device that was closed by a verdict. */
export interface Flap {
  readonly holdMs: number;
  readonly passingSinceAt: number | null;
  readonly reopenedAt: number | null;
}

/** Returns the flap after a close: 2 s to hold, doubled up to 60 s when it had opened less than 5 min ago. */
export function closeFlap(former: Flap | undefined, now: number): Flap {
  const calm =
    former === undefined || (former.reopenedAt !== null && now - former.reopenedAt >= calmMs);
  const grown = former?.reopenedAt === null ? former.holdMs : (former?.holdMs ?? 0) * 2;
  const holdMs = calm ? firstHoldMs : Math.min(grown, longestHoldMs);
  return { holdMs, passingSinceAt: null, reopenedAt: null };
}

/** Returns the flap after a verdict failed: a steady pass starts anew. */
export function failFlap(flap: Flap): Flap {
  return flap.passingSinceAt === null ? flap : { ...flap, passingSinceAt: null };
}

/** Returns the flap after a verdict passed, and the time from which it may open. */
export function passFlap(flap: Flap, now: number): { flap: Flap; opensAt: number } {
  if (flap.reopenedAt !== null) return { flap, opensAt: now };
  const passingSinceAt = flap.passingSinceAt ?? now;
  const opensAt = passingSinceAt + flap.holdMs;
  if (opensAt > now) return { flap: { ...flap, passingSinceAt }, opensAt };
  return { flap: { ...flap, passingSinceAt, reopenedAt: now }, opensAt: now };
}
