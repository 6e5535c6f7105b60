/** `route.tampered`: whether somebody else damaged what keeps protected addresses out of the clear. */
import { entryOf } from "#shared/posture/catalogue.ts";
import type { Fact, Reading } from "#shared/posture/fact.ts";
import type { Observed } from "./netd.ts";
import type { AgentState, Context } from "./state.ts";

const signal = "route.tampered";
/** netd repairs at once; the fact stays true this long, so that people and policies see it. */
const holdMs = 300_000;

/** Returns the fact after netd told of damage, with what was damaged. */
export function tamperedNow(what: string, context: Context): readonly Fact[] {
  return factOf({ kind: "known", value: true }, `tampered ${what}`, context);
}

/** Returns the fact from a fresh reading of the kernel. */
export function tamperingSeen(
  state: AgentState,
  observed: Observed,
  context: Context,
): readonly Fact[] {
  const { guard, configVersion, findings } = observed;
  const text = JSON.stringify({ guard, configVersion, findings });
  if (configVersion === 0) {
    return factOf({ kind: "notApplicable", proof: "nothing is installed yet" }, text, context);
  }
  const { tamperedMs } = state;
  const held = tamperedMs !== null && context.now.monotonicMs < tamperedMs + holdMs;
  const diverted = findings.some(({ kind }) => kind === "routeDiverted");
  const value = held || diverted || !(guard.table && guard.rules);
  return factOf({ kind: "known", value }, text, context);
}

function factOf(reading: Reading, text: string, context: Context): readonly Fact[] {
  const entry = entryOf(signal);
  if (entry === undefined) return [];
  return [
    {
      signal,
      reading,
      observedAt: context.now.wallAt,
      freshForMs: entry.freshForMs,
      source: "self",
      collector: "netd",
      collectorVersion: 1,
      evidence: { sha256: context.digest(text), bytes: text.length, tookMs: 0 },
    },
  ];
}
