/** One evaluation's view of its input: each fact judged once, at first use, and kept by slot. */
import type { CatalogueEntry } from "../posture/catalogue-entry.ts";
import type { SignalValue, UnknownReason } from "../posture/fact.ts";
import type { Input } from "./input.ts";
import type { Truth } from "./truth.ts";
import { parseVersion } from "./version-order.ts";

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
 * A signal's place in frames. `encode` turns a value of the catalogue's type and domain into a
 * number (no = 0, yes = 1, a word its place in the domain) and anything else into NaN.
 */
export interface Slot {
  readonly entry: CatalogueEntry;
  readonly encode: (value: SignalValue) => number;
}

/**
 * The state of one evaluation; made anew for each, so that nothing outlives its input. `codes` and
 * `untils` are what most conditions need of a fact, as plain numbers; `views` are for the others.
 */
export interface Frame {
  readonly input: Input;
  readonly slots: readonly Slot[];
  readonly codes: number[];
  readonly untils: number[];
  readonly views: (SlotView | undefined)[];
  readonly levels: (Truth | undefined)[];
}

/** The code of a slot that nobody has looked at yet. */
export const unjudged = -Infinity;

/** Returns a signal's slot. */
export function makeSlot(entry: CatalogueEntry): Slot {
  return { entry, encode: encoding(entry) };
}

/** How many slots stand behind those of the signals: the scores of session and identity. */
export const riskSlots = 2;

/** Returns an empty frame over an input; `blank` has `unjudged` for each slot and each score. */
export function makeFrame(
  { slots, blank }: { readonly slots: readonly Slot[]; readonly blank: readonly number[] },
  input: Input,
): Frame {
  const codes = blank.slice();
  codes[slots.length] = finiteOr(input.risk.session);
  codes[slots.length + 1] = finiteOr(input.risk.identity);
  return { input, slots, codes, untils: blank.slice(), views: [], levels: [] };
}

function finiteOr(points: number): number {
  return Number.isFinite(points) ? points : Number.NaN;
}

/** Judges a slot and returns its code. */
export function judgeSlot(frame: Frame, slot: number): number {
  const { input, slots, codes, untils } = frame;
  let code = Number.NaN;
  let until = neverAt;
  const place = slots[slot];
  const fact = place === undefined ? undefined : input.facts.get(place.entry.signal);
  // Written this way round so that an end that is no number counts as stale.
  if (place !== undefined && fact !== undefined && fact.untilAt > input.nowAt) {
    until = fact.untilAt;
    if (fact.reading.kind === "known") code = place.encode(fact.reading.value);
  }
  codes[slot] = code;
  untils[slot] = until;
  return code;
}

/** Returns the end of freshness of the fact in a slot. */
export function untilOf(frame: Frame, slot: number): number {
  if (frame.codes[slot] === unjudged) judgeSlot(frame, slot);
  return frame.untils[slot] ?? neverAt;
}

/** Returns what the fact in a slot is worth at the input's instant. */
export function viewOf(frame: Frame, slot: number): SlotView {
  return frame.views[slot] ?? firstView(frame, slot);
}

function firstView(frame: Frame, slot: number): SlotView {
  const place = frame.slots[slot];
  const view = place === undefined ? missing : judge(frame.input, place);
  frame.views[slot] = view;
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

function encoding(entry: CatalogueEntry): Slot["encode"] {
  const { domain } = entry;
  const members = domain === undefined || "min" in domain ? null : domain;
  const { min, max } = domain !== undefined && "min" in domain ? domain : unbounded;
  const known = (good: boolean) => (good ? 0 : Number.NaN);
  switch (entry.type) {
    case "bool":
      return (value) => (value === true ? 1 : value === false ? 0 : Number.NaN);
    case "int":
      return (value) =>
        typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max
          ? value
          : Number.NaN;
    case "enum":
      return (value) => placeIn(members ?? [], value);
    case "string":
      return (value) => known(typeof value === "string" && (members?.includes(value) ?? true));
    case "version":
      return (value) => known(typeof value === "string" && parseVersion(value) !== null);
    case "set":
      return (value) =>
        known(Array.isArray(value) && value.every((one) => members?.includes(one) ?? true));
  }
}

function placeIn(words: readonly string[], value: SignalValue): number {
  const place = typeof value === "string" ? words.indexOf(value) : -1;
  return place < 0 ? Number.NaN : place;
}

const unbounded = { min: -Infinity, max: Infinity };

/** Tells whether the catalogue allows the value; an entry without a domain allows all of its type. */
export function inDomain(entry: CatalogueEntry, value: string | number): boolean {
  const { domain } = entry;
  if (domain === undefined) return true;
  if ("min" in domain)
    return typeof value === "number" && value >= domain.min && value <= domain.max;
  return typeof value === "string" && domain.includes(value);
}
