/**
 * How a new set reaches devices: ring by ring, each watched before the next, halted when denies jump.
 *
 *   ring 0 ──soak──► ring 1 ──soak──► … ──soak──► done
 *      └── denies rose by more than the ring allows ──► halt (only people go on from there)
 */
import type { RingDefinition } from "../document.ts";

/** Where a roll-out stands: the rings up to `ring` have the new set, the last of them since `sinceAt`. */
export interface RollOut {
  readonly ring: number;
  readonly sinceAt: number;
}

/** What was decided in the newest ring since it began: by the new set, and by the old one on the same inputs. */
export interface RingRecord {
  readonly decisions: number;
  readonly deniedByOld: number;
  readonly deniedByNew: number;
}

/** What to do next. */
export type RollOutStep =
  | { readonly kind: "wait"; readonly untilAt: number }
  | { readonly kind: "advance"; readonly ring: number }
  | { readonly kind: "halt"; readonly why: string }
  | { readonly kind: "done" };

/** Returns the ring of a device by its groups: the first that names one; those in no ring come after the last. */
export function ringOf(rings: readonly RingDefinition[], groups: readonly string[]): number {
  const place = rings.findIndex((ring) =>
    ring.groups.some((group) => group === "*" || groups.includes(group)),
  );
  return place < 0 ? rings.length : place;
}

/** Tells whether a device has the new set yet. */
export function hasNewSet(
  rings: readonly RingDefinition[],
  rollOut: RollOut,
  groups: readonly string[],
): boolean {
  return ringOf(rings, groups) <= rollOut.ring;
}

/** Returns the next step; a jump of denies halts at once, however short the ring has been watched. */
export function nextStep(
  rings: readonly RingDefinition[],
  state: { readonly rollOut: RollOut; readonly record: RingRecord },
  nowAt: number,
): RollOutStep {
  const { rollOut, record } = state;
  const ring = rings[rollOut.ring];
  // Devices in no ring form one more, which nobody watches.
  if (ring === undefined) return { kind: "done" };
  const rise = risePercent(record);
  if (rise > ring.haltAbovePercent) {
    const why = `denies in ring \`${ring.name}\` rose by ${rise.toFixed(1)} in 100 (${ring.haltAbovePercent} are allowed)`;
    return { kind: "halt", why };
  }
  const untilAt = rollOut.sinceAt + ring.soakSeconds * 1_000;
  return nowAt < untilAt ? { kind: "wait", untilAt } : { kind: "advance", ring: rollOut.ring + 1 };
}

function risePercent({ decisions, deniedByOld, deniedByNew }: RingRecord): number {
  return decisions === 0 ? 0 : ((deniedByNew - deniedByOld) * 100) / decisions;
}
