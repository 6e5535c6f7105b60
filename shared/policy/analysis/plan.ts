/** What a new set would change: for each device, as it is now, what it gains and loses, and by which rules. */
import { covers } from "../candidates.ts";
import type { PolicySet } from "../compiled-set.ts";
import { decide } from "../decide.ts";
import type { Input } from "../input.ts";
import { type AccessDifference, isLoss, makeComparison, type SetPair } from "./compare-sets.ts";

/** A moment of a device. */
export interface Moment {
  readonly device: string;
  readonly user?: string | undefined;
  readonly input: Input;
  /** Its place in the roll-out, as `ringOf` gives it. */
  readonly ring?: number | undefined;
  /** Whose access it stands for (`author`, `administrators`): none of them may be shut out unseen. */
  readonly watched?: readonly string[] | undefined;
  /** What is not so now, as `signed in`: such a moment only shows who would be shut out by then. */
  readonly supposed?: string | undefined;
}

/** One change of access, with the policies that decide before and after. */
export interface AccessChange extends AccessDifference {
  readonly device: string;
  readonly user?: string | undefined;
  readonly at: number;
  readonly because: { readonly before: readonly string[]; readonly after: readonly string[] };
}

/** What one ring has now and would lose, counted in pairs of device and resource. */
export interface RingLoss {
  readonly open: number;
  readonly lost: number;
}

/** The changes, in the order of the moments and then by resource; `truncated` where there were more than asked for. */
export interface Plan {
  readonly changes: readonly AccessChange[];
  readonly truncated: boolean;
  readonly moments: number;
  readonly gained: number;
  readonly lost: number;
  readonly devicesGaining: number;
  readonly devicesLosing: number;
  /** True where somebody had access somewhere and nobody has any under the new set, or can have. */
  readonly closesEverything: boolean;
  /** Those of `watched` that had access and would have none, sorted. */
  readonly lockedOut: readonly string[];
  /** By ring; what a roll-out may lose without being stopped. */
  readonly rings: readonly RingLoss[];
}

/** Compares two sets over moments; each moment costs two reaches. */
export function planChange(
  sets: SetPair,
  moments: Iterable<Moment>,
  options: { readonly changesMax: number },
): Plan {
  const compare = makeComparison(sets);
  const changes: AccessChange[] = [];
  const [gaining, losing] = [new Set<string>(), new Set<string>()];
  const access = { before: new Set<string>(), after: new Set<string>() };
  const rings: { open: number; lost: number }[] = [];
  const totals = { moments: 0, gained: 0, lost: 0, openBefore: 0, openAfter: 0 };
  for (const moment of moments) {
    const { differences, openBefore, openAfter } = compare(moment.input);
    for (const who of moment.watched ?? []) {
      const name = moment.supposed === undefined ? who : `${who}, ${moment.supposed}`;
      if (openBefore > 0) access.before.add(name);
      if (openAfter > 0) access.after.add(name);
    }
    if (moment.supposed !== undefined) continue;
    totals.moments += 1;
    totals.openBefore += openBefore;
    totals.openAfter += openAfter;
    const lost = differences.filter(isLoss).length;
    totals.lost += lost;
    totals.gained += differences.length - lost;
    if (lost > 0) losing.add(moment.device);
    if (lost < differences.length) gaining.add(moment.device);
    const ring = (rings[moment.ring ?? 0] ??= { open: 0, lost: 0 });
    ring.open += openBefore;
    ring.lost += lost;
    for (const difference of differences.slice(0, options.changesMax - changes.length)) {
      changes.push(changeOf(sets, moment, difference));
    }
  }
  return {
    changes,
    truncated: changes.length < totals.gained + totals.lost,
    moments: totals.moments,
    gained: totals.gained,
    lost: totals.lost,
    devicesGaining: gaining.size,
    devicesLosing: losing.size,
    closesEverything:
      (totals.openBefore > 0 && totals.openAfter === 0) ||
      (deniesAll(sets.after) && !deniesAll(sets.before)),
    lockedOut: shutOut(access),
    rings: Array.from(rings, (ring) => ring ?? { open: 0, lost: 0 }),
  };
}

/** Who is shut out as things are need not be named again for what is supposed. */
function shutOut({ before, after }: Readonly<Record<"before" | "after", Set<string>>>) {
  const names = [...before].filter((name) => !after.has(name)).sort();
  return names.filter((name) => !names.some((other) => name.startsWith(`${other}, `)));
}

/** Whoever comes later is shut out too, so this is told where no device is there to show it. */
function deniesAll({ policies, resources }: PolicySet): boolean {
  return policies.some(
    (policy) =>
      policy.enforced &&
      policy.condition === null &&
      policy.definition.effect === "deny" &&
      policy.definition.subjects.groups.includes("*") &&
      policy.applies.every((applies) => applies) &&
      resources.every((_, index) => covers(policy, index)),
  );
}

/** Returns a difference with whom it touches and the policies that decide on both sides. */
export function changeOf(
  { before, after }: SetPair,
  { device, user, input }: Moment,
  difference: AccessDifference,
): AccessChange {
  const { resource } = difference;
  const because = {
    before: decide(before, input, resource).determinedBy,
    after: decide(after, input, resource).determinedBy,
  };
  return { device, user, at: input.nowAt, ...difference, because };
}
