/** Why a signal's value is not known; closed, a new reason is a new wire capability. */
export const unknownReasons = [
  "tool_missing",
  "permission",
  "timeout",
  "parse",
  "stale_source",
  "unsupported_os",
  "conflict",
  "tampered_tool",
  "network_fs",
  "no_data",
  "rate_limited",
] as const;

/** Why a signal's value is not known. */
export type UnknownReason = (typeof unknownReasons)[number];

/** A signal's value; the catalogue says which type and domain each signal has. */
export type SignalValue = boolean | number | string | readonly string[];

/** What a collector found: never a guess. */
export type Reading =
  | { readonly kind: "known"; readonly value: SignalValue }
  | { readonly kind: "unknown"; readonly reason: UnknownReason }
  | { readonly kind: "notApplicable"; readonly proof: string };

/** Who vouches for a fact. */
export type FactSource = "self" | "os" | "edr" | "mdm" | "hw";

/** Where a reading came from; the raw output stays on the device. */
export interface Evidence {
  readonly sha256: string;
  readonly bytes: number;
  readonly tool?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly tookMs: number;
}

/** One observation of one signal; `observedAt` (device clock) is for people only, never for freshness. */
export interface Fact {
  readonly signal: string;
  readonly reading: Reading;
  readonly observedAt: number;
  readonly freshForMs: number;
  readonly source: FactSource;
  readonly collector: string;
  readonly collectorVersion: number;
  readonly evidence: Evidence;
}

/** Tells whether two readings say the same. */
export function sameReading(left: Reading, right: Reading): boolean {
  return JSON.stringify(ordered(left)) === JSON.stringify(ordered(right));
}

function ordered(reading: Reading): readonly unknown[] {
  switch (reading.kind) {
    case "known":
      return ["known", reading.value];
    case "unknown":
      return ["unknown", reading.reason];
    case "notApplicable":
      return ["notApplicable", reading.proof];
  }
}
