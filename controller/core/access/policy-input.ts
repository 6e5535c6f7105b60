/** What a decision about a device depends on, taken from the state at one instant. */
import type { FactView, Input } from "#shared/policy/input.ts";
import { elevationsOf } from "../elevation/elevations.ts";
import { userInput } from "../person/user-session.ts";
import { riskOf } from "../risk/risk.ts";
import type { ControllerState, DeviceState, FactViews } from "../state.ts";
import { judgeFacts } from "../verdict/judged-facts.ts";
import { policyOf } from "./policy-of.ts";

/** Ages that vendors' releases are judged by are whole days, so a minute makes none of them wrong. */
const judgedForMs = 60_000;

/** Returns the frozen input; while a restart is young, facts from before it count as fresh (nothing new opens then). */
export function policyInput(
  state: Pick<ControllerState, "intel" | "policy" | "rollOut" | "users">,
  device: DeviceState,
  now: number,
): Input {
  const { record } = device;
  const { riskWeights } = policyOf(state, record).set;
  return {
    nowAt: now,
    device: {
      id: record.id,
      groups: record.groups,
      tags: record.tags,
      quarantined: false,
      ...(record.serviceAccount === undefined ? {} : { serviceAccount: record.serviceAccount }),
    },
    ...userInput(state, device, now),
    facts: factViews(state, device, now).facts,
    risk: riskOf(device, riskWeights, now),
    net: netOf(device),
    elevations: elevationsOf(device, now),
  };
}

/** Where the device's own channel comes from; no message can say anything else. */
function netOf({ risk: { baseline } }: DeviceState): Input["net"] {
  if (baseline.net === null) return {};
  const { address, country } = baseline.net;
  const cidr = `${address}/${address.includes(":") ? 128 : 32}`;
  return country === undefined ? { cidr } : { cidr, country };
}

/** Keeps the facts as decisions see them now: the policy set remembers what it judged of a map. */
export function keepFactViews(
  state: Pick<ControllerState, "intel">,
  device: DeviceState,
  now: number,
): void {
  device.posture.views = factViews(state, device, now);
}

/** Returns what is kept until a fact changes, or made anew. */
function factViews(
  { intel }: Pick<ControllerState, "intel">,
  device: DeviceState,
  now: number,
): FactViews {
  const { posture, recoveringUntilAt } = device;
  const { views } = posture;
  const judged = views?.intel === intel && now >= views.judgedAt;
  if (judged && now - views.judgedAt < judgedForMs && views.heldUntilAt === recoveringUntilAt) {
    return views;
  }
  const facts = new Map<string, FactView>();
  for (const [signal, { fact, untilAt }] of posture.facts) {
    facts.set(signal, { reading: fact.reading, untilAt: Math.max(untilAt, recoveringUntilAt) });
  }
  judgeFacts(facts, intel, now);
  return { facts, heldUntilAt: recoveringUntilAt, intel, judgedAt: now };
}
