/** Makes readings, in the words that every collector needs. */
import type { Reading, SignalValue, UnknownReason } from "./fact.ts";

/** Something was read. */
export function known(value: SignalValue): Reading {
  return { kind: "known", value };
}

/** Nothing was read, for this reason. */
export function unknown(reason: UnknownReason): Reading {
  return { kind: "unknown", reason };
}

/** The text has another shape than the one we know. */
export const notParsed: Reading = unknown("parse");

/** There was nothing to read. */
export const noData: Reading = unknown("no_data");
