/** What the facts of a device are worth, judged once and kept for as long as that holds. */
import type { SignalValue, UnknownReason } from "../posture/fact.ts";
import type { LeafCondition } from "./condition.ts";
import type { Reason } from "./decision.ts";
import type { FactView, Input } from "./input.ts";
import type { Slot } from "./slot.ts";

/** What a fact is worth now; `parse` is also the answer for a value outside the catalogue's type or domain. */
export type SlotView =
  | { readonly kind: "known"; readonly value: SignalValue; readonly untilAt: number }
  | { readonly kind: "notApplicable"; readonly untilAt: number }
  | { readonly kind: "unknown"; readonly reason: UnknownReason; readonly untilAt: number }
  | { readonly kind: "stale"; readonly untilAt: number }
  | { readonly kind: "missing"; readonly untilAt: number };

/** The instant that means "never" (the last one that JavaScript dates can name). */
export const neverAt = 8_640_000_000_000_000;

const missing: SlotView = { kind: "missing", untilAt: neverAt };
const stale: SlotView = { kind: "stale", untilAt: neverAt };

/** Codes of facts and, behind them, of two scores; never changed once made. */
export interface ScoredCodes {
  readonly session: number;
  readonly identity: number;
  readonly codes: readonly number[];
}

/**
 * What the facts of one device are worth as numbers, judged once for as long as no fact changes or
 * goes stale: what most conditions need is then one look at one place. `views` are for the others.
 */
export interface FactSheet {
  readonly slots: readonly Slot[];
  readonly codes: readonly number[];
  /** The codes with the scores of the last look behind them: most looks have the same. */
  scored: ScoredCodes;
  readonly untils: readonly number[];
  /** Slots whose facts end, the earliest first. */
  readonly byEnd: readonly number[];
  readonly views: (SlotView | undefined)[];
  /** Why conditions do not hold by these facts. */
  readonly reasons: Map<LeafCondition, SheetReason>;
  /** Whether a slot could not be judged. */
  readonly failed: boolean;
  readonly judgedAt: number;
  readonly freshUntilAt: number;
}

/**
 * A reason that was made once, for a leaf inside of a level and under so many `not`s, by what was
 * had beside the facts: a score, a place.
 */
export interface SheetReason {
  readonly had: number | string;
  readonly level: string | undefined;
  readonly wanted: boolean;
  readonly reason: Reason;
}

/** The sheets of a set by the facts of their inputs, which never change once they were given. */
export type FactSheets = WeakMap<Input["facts"], FactSheet>;

/** The code of a slot that could not be judged. */
export const unjudged = -Infinity;

/** Returns the sheet of the facts, judged anew only when one of them is over. */
export function sheetOf(slots: readonly Slot[], sheets: FactSheets, input: Input): FactSheet {
  const { facts, nowAt } = input;
  const known = sheets.get(facts);
  if (known !== undefined && nowAt >= known.judgedAt && nowAt < known.freshUntilAt) return known;
  const made = makeSheet(slots, input);
  sheets.set(facts, made);
  return made;
}

function makeSheet(slots: readonly Slot[], input: Input): FactSheet {
  const { facts, nowAt } = input;
  const codes: number[] = [];
  const untils: number[] = [];
  for (const slot of slots) {
    let code = unjudged;
    let untilAt = neverAt;
    try {
      code = codeOf(input, slot);
      untilAt = freshUntilOf(facts.get(slot.entry.signal), nowAt);
    } catch {
      // Left unjudged: it fails again for the policy that asks, and that policy says so.
    }
    codes.push(code);
    untils.push(untilAt);
  }
  const ending = slots.map((_, slot) => slot).filter((slot) => untils[slot] !== neverAt);
  const byEnd = ending.sort((left, right) => (untils[left] ?? 0) - (untils[right] ?? 0));
  const freshUntilAt = untils[byEnd[0] ?? -1] ?? neverAt;
  const failed = codes.includes(unjudged);
  codes.push(Number.NaN, Number.NaN);
  const scored = { session: Number.NaN, identity: Number.NaN, codes };
  return {
    slots,
    codes,
    scored,
    untils,
    byEnd,
    views: [],
    reasons: new Map(),
    failed,
    judgedAt: nowAt,
    freshUntilAt,
  };
}

/** Returns what the fact in a slot is worth as a number; NaN is nothing. */
export function codeOf({ facts, nowAt }: Input, slot: Slot): number {
  const fact = facts.get(slot.entry.signal);
  if (fact === undefined || !isFresh(fact, nowAt)) return Number.NaN;
  return fact.reading.kind === "known" ? slot.encode(fact.reading.value) : Number.NaN;
}

function freshUntilOf(fact: FactView | undefined, nowAt: number): number {
  return fact !== undefined && isFresh(fact, nowAt) ? fact.untilAt : neverAt;
}

/** An end that is no number counts as stale. */
function isFresh({ untilAt }: FactView, nowAt: number): boolean {
  return untilAt > nowAt;
}

/** Judges one fact by itself; throws where a value cannot be read. */
export function viewOfSlot(input: Input, slot: Slot | undefined): SlotView {
  const fact = slot === undefined ? undefined : input.facts.get(slot.entry.signal);
  if (slot === undefined || fact === undefined) return missing;
  if (!isFresh(fact, input.nowAt)) return stale;
  const { reading, untilAt } = fact;
  switch (reading.kind) {
    case "known":
      return Number.isNaN(slot.encode(reading.value))
        ? { kind: "unknown", reason: "parse", untilAt }
        : { kind: "known", value: reading.value, untilAt };
    case "notApplicable":
      return { kind: "notApplicable", untilAt };
    case "unknown":
      return { kind: "unknown", reason: reading.reason, untilAt };
  }
}
