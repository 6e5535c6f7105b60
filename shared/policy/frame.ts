/** One evaluation's view of its input: facts as numbers by slot. */
import {
  codeOf,
  type FactSheet,
  type FactSheets,
  neverAt,
  sheetOf,
  type SlotView,
  unjudged,
  viewOfSlot,
} from "./fact-sheet.ts";
import type { Input } from "./input.ts";
import { type RiskScores, type RiskWeights, scoresBy } from "./risk.ts";
import type { Slot } from "./slot.ts";
import type { Truth } from "./truth.ts";

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
  const { scored } = sheet;
  if (scored.session !== risk.session || scored.identity !== risk.identity) {
    const codes = sheet.codes.slice();
    codes[slots.length] = finiteOr(risk.session);
    codes[slots.length + 1] = finiteOr(risk.identity);
    sheet.scored = { session: risk.session, identity: risk.identity, codes };
  }
  return { input, sheet, risk, codes: sheet.scored.codes, levels: [] };
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
  const view = viewOfSlot(frame.input, frame.sheet.slots[slot]);
  frame.sheet.views[slot] = view;
  return view;
}

/** Answers a condition over a frame. */
export type Test = (frame: Frame) => Truth;
