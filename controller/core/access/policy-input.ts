/** What a decision about a device depends on, taken from the state at one instant. */
import type { FactView, Input } from "#shared/policy/input.ts";
import type { DeviceState } from "../state.ts";

/** Returns the frozen input; while a restart is young, facts from before it count as fresh (nothing new opens then). */
export function policyInput(device: DeviceState, now: number): Input {
  const { record, posture, recoveringUntilAt } = device;
  const facts = new Map<string, FactView>();
  for (const [signal, { fact, untilAt }] of posture.facts) {
    facts.set(signal, { reading: fact.reading, untilAt: Math.max(untilAt, recoveringUntilAt) });
  }
  return {
    nowAt: now,
    device: { id: record.id, groups: record.groups, tags: record.tags, quarantined: false },
    facts,
    risk: { session: 0, identity: 0 },
    net: {},
    elevations: [],
  };
}
