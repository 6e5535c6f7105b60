/** One evaluation's view of its input: facts as numbers by slot. */
import type { SignalValue, UnknownReason } from "../posture/fact.ts";
import type { SignalCondition } from "./condition.ts";
import type { Reason } from "./decision.ts";
import type { FactView, Input } from "./input.ts";
import { type RiskScores, type RiskWeights, scoresBy } from "./risk.ts";
import type { Slot } from "./slot.ts";
import type { Truth } from "./truth.ts";

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

/**
 * What the facts of one device are worth as numbers, judged once for as long as no fact changes or
 * goes stale: what most conditions need is then one look at one place. `views` are for the others.
 */
export interface FactSheet {
  readonly slots: readonly Slot[];
  readonly codes: readonly number[];
  readonly untils: readonly number[];
  /** Slots whose facts end, the earliest first. */
  readonly byEnd: readonly number[];
  readonly views: (SlotView | undefined)[];
  /** Why conditions on signals do not hold by these facts. */
  readonly reasons: Map<SignalCondition, SheetReason>;
  /** Whether a slot could not be judged. */
  readonly failed: boolean;
  readonly judgedAt: number;
  readonly freshUntilAt: number;
}

/** A reason that was made once, for a leaf inside of a level and under so many `not`s. */
export interface SheetReason {
  readonly level: string | undefined;
  readonly wanted: boolean;
  readonly reason: Reason;
}

/** The sheets of a set by the facts of their inputs, which never change once they were given. */
export type FactSheets = WeakMap<Input["facts"], FactSheet>;

/**
 * The state of one evaluation; made anew for each, so that nothing of an input outlives it but what
 * is remembered of its facts.
 */
export interface Frame {
  readonly input: Input;
  readonly sheet: FactSheet;
  /** As this set weighs what was seen. */
  readonly risk: RiskScores;
  /** The sheet's codes, and the scores behind them. */
  readonly codes: readonly number[];
  readonly levels: (Truth | undefined)[];
}

/** The code of a slot that could not be judged. */
export const unjudged = -Infinity;

/** What of a set a frame is made by. */
interface FrameSet {
  readonly slots: readonly Slot[];
  readonly sheets: FactSheets;
  readonly riskWeights: RiskWeights;
}

/** Returns an empty frame over an input. */
export function makeFrame({ slots, sheets, riskWeights }: FrameSet, input: Input): Frame {
  const sheet = sheetOf(slots, sheets, input);
  const risk = scoresBy(riskWeights, input.risk, input.nowAt);
  const codes = sheet.codes.slice();
  codes[slots.length] = finiteOr(risk.session);
  codes[slots.length + 1] = finiteOr(risk.identity);
  return { input, sheet, risk, codes, levels: [] };
}

function sheetOf(slots: readonly Slot[], sheets: FactSheets, input: Input): FactSheet {
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
  return {
    slots,
    codes,
    untils,
    byEnd,
    views: [],
    reasons: new Map(),
    failed,
    judgedAt: nowAt,
    freshUntilAt,
  };
}

function codeOf({ facts, nowAt }: Input, slot: Slot): number {
  const fact = facts.get(slot.entry.signal);
  if (fact === undefined || !(fact.untilAt > nowAt)) return Number.NaN;
  return fact.reading.kind === "known" ? slot.encode(fact.reading.value) : Number.NaN;
}

/** Written so that an end that is no number counts as stale. */
function freshUntilOf(fact: FactView | undefined, nowAt: number): number {
  return fact !== undefined && fact.untilAt > nowAt ? fact.untilAt : neverAt;
}

function finiteOr(points: number): number {
  return Number.isFinite(points) ? points : Number.NaN;
}

/** Judges a slot that could not be judged before; what goes wrong is thrown to the policy that asks. */
export function judgeSlot({ input, sheet }: Frame, slot: number): number {
  const place = sheet.slots[slot];
  return place === undefined ? Number.NaN : codeOf(input, place);
}

/** Returns the end of freshness of the fact in a slot. */
export function untilOf(frame: Frame, slot: number): number {
  const { codes, untils } = frame.sheet;
  if (codes[slot] === unjudged) judgeSlot(frame, slot);
  return untils[slot] ?? neverAt;
}

/** Returns what the fact in a slot is worth at the input's instant. */
export function viewOf(frame: Frame, slot: number): SlotView {
  return frame.sheet.views[slot] ?? firstView(frame, slot);
}

function firstView(frame: Frame, slot: number): SlotView {
  const place = frame.sheet.slots[slot];
  const view = place === undefined ? missing : judge(frame.input, place);
  frame.sheet.views[slot] = view;
  return view;
}

function judge(input: Input, slot: Slot): SlotView {
  const fact = input.facts.get(slot.entry.signal);
  if (fact === undefined) return missing;
  const { reading, untilAt } = fact;
  // Written this way round so that an end that is no number counts as stale.
  if (!(untilAt > input.nowAt)) return stale;
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
