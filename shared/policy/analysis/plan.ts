/** What a new set would change: for each device, now or at a recorded moment, what it gains and loses. */
import type { PolicySet } from "../compiled-set.ts";
import { decide, type Reach, reachOf } from "../decide.ts";
import type { Input } from "../input.ts";

/** A moment of a device; several of one device stand for its recorded history. */
export interface Moment {
  readonly device: string;
  readonly user?: string | undefined;
  readonly input: Input;
}

/** What a device may do with a resource. */
export type Access = "open" | "stepUp" | "closed";

/** One change of access, with the policies that decide before and after. */
export interface AccessChange {
  readonly device: string;
  readonly user?: string | undefined;
  readonly at: number;
  readonly resource: string;
  readonly before: Access;
  readonly after: Access;
  readonly because: { readonly before: readonly string[]; readonly after: readonly string[] };
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
  /** True where somebody had access somewhere and nobody has any under the new set. */
  readonly closesEverything: boolean;
  /** Watched users (authors, administrators) that had access and would have none, sorted. */
  readonly lockedOut: readonly string[];
}

/** Compares two sets over moments; each moment costs two reaches. */
export function planChange(
  sets: { readonly before: PolicySet; readonly after: PolicySet },
  moments: Iterable<Moment>,
  options: { readonly changesMax: number; readonly watched?: ReadonlySet<string> | undefined },
): Plan {
  const { before, after } = sets;
  const pairs = resourcePairs(before, after);
  const changes: AccessChange[] = [];
  const gaining = new Set<string>();
  const losing = new Set<string>();
  const hadAccess = new Set<string>();
  const keepsAccess = new Set<string>();
  const totals = { moments: 0, gained: 0, lost: 0, openBefore: 0, openAfter: 0 };
  for (const moment of moments) {
    totals.moments += 1;
    const [old, next] = [reachOf(before, moment.input), reachOf(after, moment.input)];
    const opened = [countOpen(old), countOpen(next)] as const;
    totals.openBefore += opened[0];
    totals.openAfter += opened[1];
    if (moment.user !== undefined && options.watched?.has(moment.user) === true) {
      if (opened[0] > 0) hadAccess.add(moment.user);
      if (opened[1] > 0) keepsAccess.add(moment.user);
    }
    for (const { resource, beforeIndex, afterIndex } of pairs) {
      const [from, to] = [accessOf(old, beforeIndex), accessOf(next, afterIndex)];
      if (from === to) continue;
      const gains = rank(to) > rank(from);
      (gains ? gaining : losing).add(moment.device);
      if (gains) totals.gained += 1;
      else totals.lost += 1;
      if (changes.length >= options.changesMax) continue;
      changes.push(changeOf(sets, moment, { resource, before: from, after: to }));
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
    closesEverything: totals.openBefore > 0 && totals.openAfter === 0,
    lockedOut: [...hadAccess].filter((user) => !keepsAccess.has(user)).sort(),
  };
}

interface ResourcePair {
  readonly resource: string;
  readonly beforeIndex: number | undefined;
  readonly afterIndex: number | undefined;
}

function resourcePairs(before: PolicySet, after: PolicySet): readonly ResourcePair[] {
  const names = new Set([...before.resourceIndex.keys(), ...after.resourceIndex.keys()]);
  return [...names].sort().map((resource) => ({
    resource,
    beforeIndex: before.resourceIndex.get(resource),
    afterIndex: after.resourceIndex.get(resource),
  }));
}

function accessOf(reach: Reach, index: number | undefined): Access {
  if (index === undefined) return "closed";
  const bit = 1 << (index & 31);
  if (((reach.allow[index >>> 5] ?? 0) & bit) !== 0) return "open";
  return ((reach.stepUp[index >>> 5] ?? 0) & bit) !== 0 ? "stepUp" : "closed";
}

function rank(access: Access): number {
  return access === "open" ? 2 : access === "stepUp" ? 1 : 0;
}

function countOpen({ allow, stepUp }: Reach): number {
  return [...allow, ...stepUp].filter((word) => word !== 0).length;
}

function changeOf(
  { before, after }: { readonly before: PolicySet; readonly after: PolicySet },
  { device, user, input }: Moment,
  change: { resource: string; before: Access; after: Access },
): AccessChange {
  const by = (set: PolicySet) => decide(set, input, change.resource).determinedBy;
  return {
    device,
    user,
    at: input.nowAt,
    ...change,
    because: { before: by(before), after: by(after) },
  };
}
