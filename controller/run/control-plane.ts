import { policyOf } from "../core/access/policy-of.ts";
import type { ControllerEvent } from "../core/event.ts";
import { explainDevice } from "../core/explain-device.ts";
import { contributionsOf, riskOf } from "../core/risk/risk.ts";
import type { ControllerState } from "../core/state.ts";
import type { Clock } from "../ports/clock.ts";
import type { ControlPlane, RiskView } from "../ports/control-plane.ts";

function riskView(state: ControllerState, id: string, now: number): RiskView | undefined {
  const device = state.devices.get(id);
  if (device === undefined) return undefined;
  const { riskWeights } = policyOf(state, device.record).set;
  const { session, identity } = riskOf(device, riskWeights, now);
  return { session, identity, contributions: contributionsOf(device, riskWeights, now) };
}

/** Returns what the admin API may ask of the running loop. */
export function makeControlPlane(
  state: ControllerState,
  clock: Clock,
  dispatch: (event: ControllerEvent) => void,
): ControlPlane {
  return {
    changed: (changes) => dispatch({ kind: "recordsChanged", changes }),
    presence(identity) {
      const held = state.devices.get(identity) ?? state.gateways.get(identity);
      const link = held?.link ?? null;
      const lastBeatAt = held?.posture.lastBeatAt ?? 0;
      return {
        connected: link?.phase === "greeted",
        since: link?.openedAt,
        lastBeatAt: lastBeatAt === 0 ? undefined : lastBeatAt,
        risk: riskView(state, identity, clock.nowAt()),
        configErrors: link?.configErrors ?? [],
      };
    },
    explain: (device, resource) => explainDevice(state, { device, resource }, clock.nowAt()),
    facts(device) {
      const facts = state.devices.get(device)?.posture.facts.values() ?? [];
      return [...facts].map((held) => ({ device, held }));
    },
    reportRisk: (report) => dispatch({ kind: "riskReported", ...report }),
    recheck(device, signals) {
      if (state.devices.get(device)?.link?.phase !== "greeted") return false;
      dispatch({ kind: "recheckAsked", device, signals: signals ?? [] });
      return true;
    },
  };
}
