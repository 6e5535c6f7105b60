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

/** A signal's place in frames, with the check of its values made once. */
export interface Slot {
  readonly entry: CatalogueEntry;
  readonly accepts: (value: SignalValue) => boolean;
}

/** The state of one evaluation; made anew for each, so that nothing outlives its input. */
export interface Frame {
  readonly input: Input;
  readonly slots: readonly Slot[];
  readonly views: (SlotView | undefined)[];
  readonly levels: (Truth | undefined)[];
}

/** Returns a signal's slot. */
export function makeSlot(entry: CatalogueEntry): Slot {
  return { entry, accepts: acceptance(entry) };
}

/** Returns an empty frame over an input. */
export function makeFrame(slots: readonly Slot[], input: Input): Frame {
  return { input, slots, views: [], levels: [] };
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
      return slot.accepts(reading.value)
        ? { kind: "known", value: reading.value, untilAt }
        : { kind: "unknown", reason: "parse", untilAt };
    case "notApplicable":
      return { kind: "notApplicable", untilAt };
    case "unknown":
      return { kind: "unknown", reason: reading.reason, untilAt };
  }
}

function acceptance(entry: CatalogueEntry): Slot["accepts"] {
  const { domain } = entry;
  const members = domain === undefined || "min" in domain ? null : new Set<unknown>(domain);
  const { min, max } = domain !== undefined && "min" in domain ? domain : unbounded;
  switch (entry.type) {
    case "bool":
      return (value) => typeof value === "boolean";
    case "int":
      return (value) =>
        typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max;
    case "enum":
    case "string":
      return (value) => typeof value === "string" && (members === null || members.has(value));
    case "version":
      return (value) => typeof value === "string" && parseVersion(value) !== null;
    case "set":
      return (value) =>
        Array.isArray(value) && (members === null || value.every((member) => members.has(member)));
  }
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
