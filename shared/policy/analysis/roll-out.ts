/**
 * How a new set reaches devices: ring by ring, each watched before the next, halted when denies jump.
 *
 *   ring 0 ──soak──► ring 1 ──soak──► … ──soak──► done
 *      └── more was lost than announced and allowed ──► halt (only people go on from there)
 */
import type { RingDefinition } from "../document.ts";

/** Where a roll-out stands: the rings up to `ring` have the new set, the last of them since `sinceAt`. */
export interface RollOut {
  readonly ring: number;
  readonly sinceAt: number;
}

/** What the newest ring shows since it began, by the newest look at each device, in pairs of device and resource. */
export interface RingRecord {
  /** Pairs that the old set opens. */
  readonly openByOld: number;
  /** Of these, the ones that the new set takes away. */
  readonly lost: number;
  /** How many in a hundred the plan said it would take away: those are no surprise. */
  readonly announcedPercent: number;
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
  const percent = record.openByOld === 0 ? 0 : (record.lost * 100) / record.openByOld;
  const most = record.announcedPercent + ring.haltAbovePercent;
  // Both come from counts; what differs by rounding alone is no jump.
  if (percent > most + 1e-9) {
    const why = `ring \`${ring.name}\` loses ${percent.toFixed(1)} of 100 accesses; ${most.toFixed(1)} are allowed`;
    return { kind: "halt", why };
  }
  const untilAt = rollOut.sinceAt + ring.soakSeconds * 1_000;
  return nowAt < untilAt ? { kind: "wait", untilAt } : { kind: "advance", ring: rollOut.ring + 1 };
}
