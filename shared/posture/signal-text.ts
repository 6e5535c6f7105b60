/** What a signal says, and what was wanted of it, in words for people. */
import { entryOf } from "./catalogue.ts";
import type { UnknownReason } from "./fact.ts";

const operators: Readonly<Record<string, string>> = {
  is: "",
  atLeast: "at least ",
  atMost: "at most ",
  above: "more than ",
  below: "less than ",
  in: "one of ",
  contains: "with ",
};

const causes: Readonly<Record<UnknownReason | "not_applicable" | "not_reported", string>> = {
  tool_missing: "the tool that knows it is missing",
  permission: "it may not be read",
  timeout: "it took too long",
  parse: "the answer was not understood",
  stale_source: "the source is too old",
  unsupported_os: "not on this operating system",
  conflict: "two sources contradict each other",
  tampered_tool: "the tool that knows it was changed",
  network_fs: "it lies on another machine",
  no_data: "this machine does not say",
  rate_limited: "it was asked too often",
  not_applicable: "this machine has no such thing",
  not_reported: "it was not reported yet",
};

/** Returns a condition as policy wrote it (`atMost 0`, `not in a, b`) in words. */
export function wantedText(wanted: string): string {
  const [, not, operator = "", operand = ""] = /^(not )?(\w+) ?(.*)$/s.exec(wanted) ?? [];
  const words = operators[operator];
  if (words === undefined) return wanted;
  return `${not ?? ""}${words}${operand}`;
}

/** Returns what is wrong with a signal as a part of a sentence; unknown signals keep their names. */
export function unmetSignalText(signal: string, had: string, wanted: string): string {
  const entry = entryOf(signal);
  if (entry?.said !== undefined && (had === "true" || had === "false")) return entry.said[had];
  const unit = entry?.unit === undefined ? "" : ` ${entry.unit}`;
  return `${titleOf(signal)}: ${had}${unit}, needs ${wantedText(wanted)}`;
}

/** Returns the title of a signal, or its name where the catalogue does not know it. */
export function titleOf(signal: string): string {
  return entryOf(signal)?.title ?? signal;
}

/** Returns why something is not known; words that nobody knows stay as they are. */
export function causeText(because: string): string {
  return Object.hasOwn(causes, because) ? causes[because as keyof typeof causes] : because;
}
