/** Why a condition does not hold: the smallest set of leaves that would have to change. */
import type { CompiledCondition, PolicySet } from "./compiled-set.ts";
import type { LeafCondition, SignalCondition, SignalTest } from "./condition.ts";
import type { Reason } from "./decision.ts";
import { type Frame, type SlotView, viewOf } from "./frame.ts";
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
}

/** Returns the leaves that keep a condition from holding; empty where it holds. */
export function unmetLeaves(
  condition: CompiledCondition,
  frame: Frame,
  walk: Walk = { wanted: true },
): readonly UnmetLeaf[] {
  const { wanted } = walk;
  if (condition.test(frame) === (wanted ? yes : no)) return [];
  const node = condition.condition;
  const each = (inner: Walk) => condition.parts.map((part) => unmetLeaves(part, frame, inner));
  switch (node.kind) {
    case "all":
      return wanted ? each(walk).flat() : fewest(each(walk));
    case "any":
      return wanted ? fewest(each(walk)) : each(walk).flat();
    case "not":
      return each({ ...walk, wanted: !wanted }).flat();
    case "level":
      return each({ wanted, level: walk.level ?? node.level }).flat();
    case "signal":
    case "risk":
    case "elevation":
    case "groups":
    case "time":
    case "country":
    case "network":
    case "until":
      return [{ leaf: node, wanted, level: walk.level }];
  }
}

function fewest(branches: readonly (readonly UnmetLeaf[])[]): readonly UnmetLeaf[] {
  return branches.reduce((best, branch) => (branch.length < best.length ? branch : best));
}

/** Returns the reason of an unmet leaf with all values: for admins and the log. */
export function reasonOf(set: PolicySet, frame: Frame, unmet: UnmetLeaf): Reason {
  const { leaf, wanted } = unmet;
  const level: Reason["params"] = unmet.level === undefined ? {} : { level: unmet.level };
  switch (leaf.kind) {
    case "signal": {
      const slot = set.slotIndex.get(leaf.signal) ?? -1;
      return signalReason(leaf, viewOf(frame, slot), { wanted, level });
    }
    case "risk": {
      const { score, operator, operand } = leaf;
      const had = frame.input.risk[score];
      return {
        code: "risk",
        params: { score, wanted: negated(`${operator} ${operand}`, wanted), had },
      };
    }
    case "elevation":
      return { code: "approval_needed", params: { role: leaf.role } };
    case "groups":
      return {
        code: "group_missing",
        params: { wanted: clip(negated(leaf.groups.join(", "), wanted)) },
      };
    case "time":
      return { code: "outside_hours", params: windowParams(leaf.window, wanted) };
    case "country":
      return netReason("country", negated(leaf.countries.join(", "), wanted), frame);
    case "network":
      return netReason("cidr", negated(leaf.within.join(", "), wanted), frame);
    case "until":
      return { code: "approval_needed", params: { expiredAt: leaf.untilAt } };
  }
}

/** Where a device is counts as a risk: the code says so much, and the user is shown no more. */
function netReason(what: "country" | "cidr", wanted: string, frame: Frame): Reason {
  const had = frame.input.net[what] ?? "unknown";
  return { code: "risk", params: { score: `net.${what}`, wanted: clip(wanted), had } };
}

function windowParams(window: TimeWindow, wanted: boolean): Reason["params"] {
  const clock = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  const hours = `${clock(window.fromMinute)}-${clock(window.toMinute)}`;
  return { wanted: negated(`${window.days.join(" ")} ${hours}`, wanted), zone: window.zone };
}

function signalReason(
  leaf: SignalCondition,
  view: SlotView,
  context: { wanted: boolean; level: Reason["params"] },
): Reason {
  const params = { signal: leaf.signal, ...context.level };
  switch (view.kind) {
    case "known": {
      const wanted = negated(testText(leaf.test), context.wanted);
      return {
        code: "level_not_met",
        params: { ...params, wanted, had: clip(String(view.value)) },
      };
    }
    case "stale":
      return { code: "fact_stale", params };
    case "unknown":
      return { code: "fact_unknown", params: { ...params, because: view.reason } };
    case "notApplicable":
      return { code: "fact_unknown", params: { ...params, because: "not_applicable" } };
    case "missing":
      return { code: "fact_unknown", params: { ...params, because: "not_reported" } };
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
