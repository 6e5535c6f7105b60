/** Takes a beat: facts of each tier were seen again unchanged, if both sides mean the same facts. */
import { entryOf } from "#shared/posture/catalogue.ts";
import type { AgentMessageOf } from "#shared/protocol/agent-message.ts";
import type { Step } from "../context.ts";
import type { HeldFact } from "../row.ts";
import type { Posture } from "../state.ts";
import { epochDigest, factsDigest } from "./posture.ts";

/** What a beat did: facts that had gone stale are fresh again, or both sides differ. */
export type BeatOutcome = "refreshed" | "revived" | "differs";

/** Refreshes the facts that the beat vouches for. */
export function takeBeat(step: Step, posture: Posture, beat: AgentMessageOf<"beat">): BeatOutcome {
  posture.lastBeatAt = step.now;
  if (beat.factsDigest === factsDigest(posture, step.context)) {
    return refresh(step, { posture, beat }, () => true);
  }
  // An agent that was started anew knows only what it has seen since; older facts run out by themselves.
  if (beat.epoch === posture.epoch && beat.factsDigest === epochDigest(posture, step.context)) {
    return refresh(step, { posture, beat }, (held) => held.epoch === posture.epoch);
  }
  return "differs";
}

function refresh(
  step: Step,
  { posture, beat }: { readonly posture: Posture; readonly beat: AgentMessageOf<"beat"> },
  vouched: (held: HeldFact) => boolean,
): BeatOutcome {
  let revived = false;
  for (const [signal, held] of posture.facts) {
    const entry = entryOf(signal);
    if (entry === undefined || !vouched(held)) continue;
    const freshForMs = Math.min(held.fact.freshForMs, entry.freshForMs);
    const untilAt = Math.floor(step.now - beat.checkedAgeMs[entry.tier] + freshForMs);
    if (untilAt <= held.untilAt) continue;
    revived ||= held.untilAt <= step.now && untilAt > step.now;
    posture.facts.set(signal, { ...held, untilAt });
    posture.views = null;
  }
  return revived ? "revived" : "refreshed";
}
