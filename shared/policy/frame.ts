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

/** The state of one evaluation; made anew for each, so that nothing outlives its input. */
export interface Frame {
  readonly input: Input;
  readonly slots: readonly CatalogueEntry[];
  readonly views: (SlotView | undefined)[];
  readonly levels: (Truth | undefined)[];
}

/** Returns an empty frame over an input. */
export function makeFrame(slots: readonly CatalogueEntry[], input: Input): Frame {
  return { input, slots, views: [], levels: [] };
}

/** Returns what the fact in a slot is worth at the input's instant. */
export function viewOf(frame: Frame, slot: number): SlotView {
  const seen = frame.views[slot];
  if (seen !== undefined) return seen;
  const entry = frame.slots[slot];
  const view = entry === undefined ? missing : judge(frame.input, entry);
  frame.views[slot] = view;
  return view;
}

function judge(input: Input, entry: CatalogueEntry): SlotView {
  const fact = input.facts.get(entry.signal);
  if (fact === undefined) return missing;
  const { reading, untilAt } = fact;
  // Written this way round so that an end that is no number counts as stale.
  if (!(untilAt > input.nowAt)) return stale;
  switch (reading.kind) {
    case "known":
      return fits(entry, reading.value)
        ? { kind: "known", value: reading.value, untilAt }
        : { kind: "unknown", reason: "parse", untilAt };
    case "notApplicable":
      return { kind: "notApplicable", untilAt };
    case "unknown":
      return { kind: "unknown", reason: reading.reason, untilAt };
  }
}

function fits(entry: CatalogueEntry, value: SignalValue): boolean {
  switch (entry.type) {
    case "bool":
      return typeof value === "boolean";
    case "int":
      return typeof value === "number" && Number.isSafeInteger(value) && inDomain(entry, value);
    case "enum":
      return typeof value === "string" && inDomain(entry, value);
    case "string":
      return typeof value === "string";
    case "version":
      return typeof value === "string" && parseVersion(value) !== null;
    case "set":
      return Array.isArray(value) && value.every((member) => inDomain(entry, member));
  }
}

/** Tells whether the catalogue allows the value; an entry without a domain allows all of its type. */
export function inDomain(entry: CatalogueEntry, value: string | number): boolean {
  const { domain } = entry;
  if (domain === undefined) return true;
  if ("min" in domain)
    return typeof value === "number" && value >= domain.min && value <= domain.max;
  return typeof value === "string" && domain.includes(value);
}
