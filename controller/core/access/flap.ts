/**
 * Fast to close, slow to open: a resource that was closed opens again only after a steady pass.
 *
 *   closed ──passes──▶ holding ──holdMs──▶ open ──closes within 5 min──▶ closed (holdMs doubled)
 *                         └──fails──▶ closed
 */

const calmMs = 300_000;

/** How long a pass must be steady before a closed resource opens again, at first and at most, in ms. */
export interface ReopenHold {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Two seconds, doubled up to a minute while it flaps. */
export const defaultReopenHold: ReopenHold = { firstMs: 2_000, maxMs: 60_000 };

/** A resource of a device that was closed by a verdict. */
export interface Flap {
  readonly holdMs: number;
  readonly passingSinceAt: number | null;
  readonly reopenedAt: number | null;
}

/** Returns the flap after a close: the first hold, doubled up to the longest when it had opened less than 5 min ago. */
export function closeFlap(hold: ReopenHold, former: Flap | undefined, now: number): Flap {
  const calm =
    former === undefined || (former.reopenedAt !== null && now - former.reopenedAt >= calmMs);
  const grown = former?.reopenedAt === null ? former.holdMs : (former?.holdMs ?? 0) * 2;
  const holdMs = calm ? hold.firstMs : Math.min(grown, hold.maxMs);
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
