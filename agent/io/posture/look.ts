/** Turns looks at the machine into the agent's collectors: deadlines, kept evidence, failures as values. */
import { sameReading } from "#shared/posture/fact.ts";
import type { UnknownReason } from "#shared/posture/fact.ts";
import type { CollectRequest } from "../../core/posture/collection.ts";
import type { Collectors, Log } from "../../ports.ts";
import { withDeadline } from "./deadline.ts";
import { observe } from "./observation.ts";
import type { Observation } from "./observation.ts";

/** What one look gave; signals that are missing have failed for the reason. */
export interface Look {
  readonly observations: readonly Observation[];
  readonly failed: UnknownReason | null;
  readonly again?: boolean;
}

/** How a system is looked at. */
export interface Looks {
  readonly look: (request: CollectRequest) => Promise<Look>;
  /** Starts event sources; returns what ends them. */
  readonly watch: (changed: (signals: readonly string[]) => void) => () => void;
  readonly inventory: () => Promise<Readonly<Record<string, unknown>> | null>;
  readonly close: () => void;
}

/** Returns the collectors over the looks. */
export function collectorsOf(looks: Looks, log: Log): Collectors {
  const raws = new Map<string, Observation>();
  const formers = new Map<string, string>();
  const keep = (observation: Observation) => {
    const { signal, reading } = observation.fact;
    const last = raws.get(signal);
    if (last !== undefined && !sameReading(last.fact.reading, reading))
      formers.set(signal, last.raw);
    raws.set(signal, observation);
  };
  const closers: (() => void)[] = [];
  // The first looks start processes: who asks a starting agent something is answered before.
  const started = new Promise<void>((resolve) => setImmediate(resolve));
  return {
    collect: async (request) => {
      const { collector, run, deadlineMs } = request;
      await started;
      try {
        const { observations, failed, again } = await withDeadline(looks.look(request), deadlineMs);
        for (const observation of observations) keep(observation);
        const facts = observations.map(({ fact }) => fact);
        return { run, collector, facts, failed, again: again === true };
      } catch (error) {
        const late = error instanceof Error && error.name === "TimeoutError";
        log.write("warn", "look failed", { collector, error: String(error) });
        return { run, collector, facts: [], failed: late ? "timeout" : "no_data" };
      }
    },
    watch: (changed) => {
      closers.push(looks.watch(changed));
    },
    evidence: (signal) => raws.get(signal)?.raw,
    formerEvidence: (signal) => formers.get(signal),
    inventory: () => looks.inventory(),
    close: () => {
      for (const close of closers) close();
      looks.close();
      return Promise.resolve();
    },
  };
}

/** Returns what the agent knows of itself. */
export function lookAtSelf(agentVersion: string): Look {
  const observations = observe([["agent.version", { kind: "known", value: agentVersion }]], {
    collector: "self",
    collectorVersion: 1,
    by: "self",
    text: agentVersion,
    tookMs: 0,
  });
  return { observations, failed: null };
}
