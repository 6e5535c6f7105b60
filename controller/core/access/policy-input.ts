/** What a decision about a device depends on, taken from the state at one instant. */
import type { FactView, Input } from "#shared/policy/input.ts";
import type { OsIntelBundle } from "#shared/protocol/os-intel.ts";
import { elevationsOf } from "../elevation/elevations.ts";
import { riskOf } from "../risk/risk.ts";
import type { DeviceState } from "../state.ts";
import { judgeFacts } from "../verdict/judged-facts.ts";

/** Ages that vendors' releases are judged by are whole days, so a minute makes none of them wrong. */
const judgedForMs = 60_000;

/** Returns the frozen input; while a restart is young, facts from before it count as fresh (nothing new opens then). */
export function policyInput(device: DeviceState, intel: OsIntelBundle | null, now: number): Input {
  const { record } = device;
  return {
    nowAt: now,
    device: {
      id: record.id,
      groups: record.groups,
      tags: record.tags,
      quarantined: false,
      ...(record.serviceAccount === undefined ? {} : { serviceAccount: record.serviceAccount }),
    },
    facts: factViews(device, intel, now),
    risk: riskOf(device, now),
    net: {},
    elevations: elevationsOf(device, now),
  };
}

/** Returns the same map until a fact changes: the policy set remembers what it judged of it. */
function factViews(device: DeviceState, intel: OsIntelBundle | null, now: number): Input["facts"] {
  const { posture, recoveringUntilAt } = device;
  const { views } = posture;
  const judged = views?.intel === intel && now >= views.judgedAt;
  if (judged && now - views.judgedAt < judgedForMs && views.heldUntilAt === recoveringUntilAt) {
    return views.facts;
  }
  const facts = new Map<string, FactView>();
  for (const [signal, { fact, untilAt }] of posture.facts) {
    facts.set(signal, { reading: fact.reading, untilAt: Math.max(untilAt, recoveringUntilAt) });
  }
  judgeFacts(facts, intel, now);
  posture.views = { facts, heldUntilAt: recoveringUntilAt, intel, judgedAt: now };
  return facts;
}
