/** Why a condition does not hold: the smallest set of leaves that would have to change. */
import type { CompiledCondition, PolicySet } from "./compiled-set.ts";
import type {
  ElevationCondition,
  LeafCondition,
  SignalCondition,
  SignalTest,
} from "./condition.ts";
import type { Reason } from "./decision.ts";
import type { SlotView } from "./fact-sheet.ts";
import { type Frame, viewOf } from "./frame.ts";
import type { TimeWindow } from "./time-window.ts";
import { no, yes } from "./truth.ts";

/** A leaf that would have to change; `wanted` is what it should say. */
export interface UnmetLeaf {
  readonly leaf: LeafCondition;
  readonly wanted: boolean;
  readonly level?: string | undefined;
}

/** Where the walk is: the level it is inside of, and whether it is under an odd number of `not`s. */
interface Walk {
  readonly wanted: boolean;
  readonly level?: string | undefined;
  readonly unmet: UnmetLeaf[];
}

/** Returns the leaves that keep a condition from holding; empty where it holds. */
export function unmetLeaves(condition: CompiledCondition, frame: Frame): readonly UnmetLeaf[] {
  const unmet: UnmetLeaf[] = [];
  collect(condition, frame, { wanted: true, unmet });
  return unmet;
}

function collect(condition: CompiledCondition, frame: Frame, walk: Walk): void {
  const { wanted } = walk;
  const node = condition.condition;
  // Where each part counts, each says for itself whether it is met.
  if (node.kind === (wanted ? "all" : "any")) return collectEach(condition, frame, walk);
  if (condition.test(frame) === (wanted ? yes : no)) return;
  switch (node.kind) {
    case "all":
    case "any":
      return collectFewest(condition, frame, walk);
    case "not":
      return collectEach(condition, frame, { ...walk, wanted: !wanted });
    case "level":
      return collectEach(condition, frame, { ...walk, level: walk.level ?? node.level });
    case "signal":
    case "risk":
    case "elevation":
    case "groups":
    case "time":
    case "country":
    case "network":
    case "until":
      walk.unmet.push({ leaf: node, wanted, level: walk.level });
  }
}

function collectEach({ parts }: CompiledCondition, frame: Frame, walk: Walk): void {
  for (const part of parts) collect(part, frame, walk);
}

function collectFewest({ parts }: CompiledCondition, frame: Frame, walk: Walk): void {
  const branches = parts.map((part) => {
    const unmet: UnmetLeaf[] = [];
    collect(part, frame, { ...walk, unmet });
    return unmet;
  });
  const fewest = branches.reduce((best, one) => (one.length < best.length ? one : best));
  walk.unmet.push(...fewest);
}

/**
 * Returns the reason of an unmet leaf with all values: for admins and the log. One look gives the
 * same reason for many resources, and so do the looks until a fact or what was had changes.
 */
export function reasonOf(set: PolicySet, frame: Frame, unmet: UnmetLeaf): Reason {
  const { leaf, wanted, level } = unmet;
  const { reasons } = frame.sheet;
  const had = hadOf(leaf, frame);
  const known = reasons.get(leaf);
  if (
    known !== undefined &&
    known.had === had &&
    known.level === level &&
    known.wanted === wanted
  ) {
    return known.reason;
  }
  const reason = newReason(set, frame, { unmet, had });
  reasons.set(leaf, { had, level, wanted, reason });
  return reason;
}

/** Returns what a leaf looks at beside the facts, which one sheet of facts does not tell. */
function hadOf(leaf: LeafCondition, { input, risk }: Frame): number | string {
  switch (leaf.kind) {
    case "risk":
      return risk[leaf.score];
    case "country":
      return input.net.country ?? "unknown";
    case "network":
      return input.net.cidr ?? "unknown";
    case "signal":
    case "elevation":
    case "groups":
    case "time":
    case "until":
      return "";
  }
}

function newReason(
  set: PolicySet,
  frame: Frame,
  { unmet, had }: { readonly unmet: UnmetLeaf; readonly had: number | string },
): Reason {
  const { leaf, wanted } = unmet;
  switch (leaf.kind) {
    case "signal": {
      const slot = set.slotIndex.get(leaf.signal) ?? -1;
      return signalReason(leaf, viewOf(frame, slot), unmet);
    }
    case "risk": {
      const { score, operator, operand } = leaf;
      return {
        code: "risk",
        params: { had, score, wanted: negated(`${operator} ${operand}`, wanted) },
      };
    }
    case "elevation":
      return { code: "approval_needed", params: elevationParams(leaf) };
    case "groups":
      return {
        code: "group_missing",
        params: { wanted: clip(negated(leaf.groups.join(", "), wanted)) },
      };
    case "time":
      return { code: "outside_hours", params: windowParams(leaf.window, wanted) };
    case "country":
      return netReason("country", had, negated(leaf.countries.join(", "), wanted));
    case "network":
      return netReason("cidr", had, negated(leaf.within.join(", "), wanted));
    case "until":
      return { code: "approval_needed", params: { expiredAt: leaf.untilAt } };
  }
}

function elevationParams({ role, approvedBy, maxSeconds }: ElevationCondition): Reason["params"] {
  return maxSeconds === undefined ? { approvedBy, role } : { approvedBy, maxSeconds, role };
}

/** Where a device is counts as a risk: the code says so much, and the user is shown no more. */
function netReason(what: "country" | "cidr", had: number | string, wanted: string): Reason {
  return { code: "risk", params: { had, score: `net.${what}`, wanted: clip(wanted) } };
}

function windowParams(window: TimeWindow, wanted: boolean): Reason["params"] {
  const clock = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  const hours = `${clock(window.fromMinute)}-${clock(window.toMinute)}`;
  return { wanted: negated(`${window.days.join(" ")} ${hours}`, wanted), zone: window.zone };
}

function signalReason(
  { signal, test }: SignalCondition,
  view: SlotView,
  { wanted, level }: Pick<UnmetLeaf, "wanted" | "level">,
): Reason {
  const place: Reason["params"] = level === undefined ? { signal } : { level, signal };
  switch (view.kind) {
    case "known": {
      const had = clip(String(view.value));
      const text = negated(testText(test), wanted);
      const params =
        level === undefined ? { had, signal, wanted: text } : { had, level, signal, wanted: text };
      return { code: "level_not_met", params };
    }
    case "stale":
      return { code: "fact_stale", params: place };
    case "unknown":
      return { code: "fact_unknown", params: { because: view.reason, ...place } };
    case "notApplicable":
      return { code: "fact_unknown", params: { because: "not_applicable", ...place } };
    case "missing":
      return { code: "fact_unknown", params: { because: "not_reported", ...place } };
  }
}

function testText(test: SignalTest): string {
  return test.operator === "in"
    ? clip(`in ${test.operands.map(String).join(", ")}`)
    : clip(`${test.operator} ${String(test.operand)}`);
}

function negated(text: string, wanted: boolean): string {
  return wanted ? text : `not ${text}`;
}

function clip(text: string): string {
  return text.length > 200 ? `${text.slice(0, 197)}...` : text;
}
