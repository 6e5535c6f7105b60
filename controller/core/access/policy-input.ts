/** What a decision about a device depends on, taken from the state at one instant. */
import type { FactView, Input } from "#shared/policy/input.ts";
import type { OsIntelBundle } from "#shared/protocol/os-intel.ts";
import type { DeviceState } from "../state.ts";
import { judgeFacts } from "../verdict/judged-facts.ts";

/** Returns the frozen input; while a restart is young, facts from before it count as fresh (nothing new opens then). */
export function policyInput(device: DeviceState, intel: OsIntelBundle | null, now: number): Input {
  const { record, posture, recoveringUntilAt } = device;
  const facts = new Map<string, FactView>();
  for (const [signal, { fact, untilAt }] of posture.facts) {
    facts.set(signal, { reading: fact.reading, untilAt: Math.max(untilAt, recoveringUntilAt) });
  }
  judgeFacts(facts, intel, now);
  return {
    nowAt: now,
    device: { id: record.id, groups: record.groups, tags: record.tags, quarantined: false },
    facts,
    risk: { session: 0, identity: 0 },
    net: {},
    elevations: [],
  };
}
