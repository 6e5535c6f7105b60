/** What of this machine is no longer as the controller found it good, while nobody can tell it so. */
import type { SignalValue } from "#shared/posture/fact.ts";
import { factsOf } from "../posture/posture.ts";
import type { PostureState } from "../posture/posture-state.ts";
import type { AgentState } from "../state.ts";
import type { Judged, Verdict } from "../tunnel/verdict.ts";

/** A signal that fails by now, and a level that was met by its other value. */
export interface Failing {
  readonly signal: string;
  readonly level: string;
  readonly had: boolean;
}

/** Returns what a verdict found good, from the facts that stood when it came. */
export function judgedBy(verdict: Verdict, posture: PostureState): Judged {
  const values = valuesOf(posture);
  const judged: Record<string, boolean> = {};
  for (const { signal, met } of verdict.levels.flatMap(({ needs = [] }) => needs)) {
    const value = values.get(signal);
    if (met && typeof value === "boolean") judged[signal] = value;
  }
  return judged;
}

/** Returns what fails by now; nothing while the controller hears us, for then its verdict says it. */
export function failingOf({ tunnel, posture, judged }: AgentState): readonly Failing[] {
  const { linkLostMs, verdict } = tunnel;
  if (linkLostMs === null || verdict === null) return [];
  const values = valuesOf(posture);
  return verdict.levels.flatMap(({ id, needs = [] }) =>
    needs.flatMap(({ signal, met }) => {
      const had = values.get(signal);
      const changed = typeof had === "boolean" && Object.hasOwn(judged, signal);
      return met && changed && had !== judged[signal] ? [{ signal, level: id, had }] : [];
    }),
  );
}

function valuesOf(posture: PostureState): ReadonlyMap<string, SignalValue> {
  return new Map(
    factsOf(posture).flatMap(({ signal, reading }) =>
      reading.kind === "known" ? [[signal, reading.value]] : [],
    ),
  );
}
