/** How a device stands, for administrators: its levels, and what is open and closed to it. */
import type { LevelVerdict, Reason } from "#shared/policy/decision.ts";
import { type LevelNeed, levelNeeds } from "#shared/policy/level-needs.ts";
import { levelVerdicts } from "#shared/policy/level-verdict.ts";
import { policyInput } from "./access/policy-input.ts";
import { policyOf } from "./access/policy-of.ts";
import type { ControllerState, DeviceState } from "./state.ts";

/** A level with what it looks at; a need is stale whose fact was not confirmed in time. */
export interface DeviceLevel extends LevelVerdict {
  readonly needs: readonly (LevelNeed & { readonly stale: boolean })[];
}

/** Resources by what the device may do with them; those that no rule gives to it count nowhere. */
export interface AccessCount {
  readonly open: number;
  readonly stepUp: number;
  readonly blocked: number;
  /** The first reason of the first resource that is closed, or null. */
  readonly why: Reason | null;
}

/** How an active device stands: here with all open, here with something closed, or away. */
export type ActiveStanding = "clear" | "closed" | "away";

/** The fleet in numbers. */
export interface FleetCensus {
  readonly connected: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** Active devices by id. */
  readonly active: Readonly<Record<ActiveStanding, readonly string[]>>;
  readonly gateways: number;
  readonly gatewaysConnected: number;
}

/** Returns the levels of a device, sorted by name. */
export function levelsOf(state: ControllerState, id: string, now: number): readonly DeviceLevel[] {
  const device = state.devices.get(id);
  if (device === undefined) return [];
  const { set } = policyOf(state, device.record);
  const input = policyInput(state, device, now);
  const needs = levelNeeds(set, input);
  const isStale = (signal: string) => (input.facts.get(signal)?.untilAt ?? Infinity) <= now;
  return levelVerdicts(set, input).map((level) => ({
    ...level,
    needs: (needs.get(level.id) ?? []).map((need) => ({ ...need, stale: isStale(need.signal) })),
  }));
}

/** Counts the decisions of a device as they stand. */
export function accessCountOf({ decisions }: Pick<DeviceState, "decisions">): AccessCount {
  const count = { open: 0, stepUp: 0, blocked: 0 };
  let why: Reason | null = null;
  for (const { effect, unmet, determinedBy } of decisions.values()) {
    if (effect === "allow") count.open += 1;
    else if (effect === "stepUp") count.stepUp += 1;
    else if (unmet.length + determinedBy.length > 0) {
      count.blocked += 1;
      why ??= unmet[0]?.reason ?? { code: "denied_by_rule", params: {} };
    }
  }
  return { ...count, why };
}

/** Counts the fleet; one pass over all devices. */
export function censusOf(state: ControllerState): FleetCensus {
  const byStatus: Record<string, number> = {};
  const active: Record<ActiveStanding, string[]> = { clear: [], closed: [], away: [] };
  let [connected, gatewaysConnected] = [0, 0];
  for (const device of state.devices.values()) {
    const { status } = device.record;
    byStatus[status] = (byStatus[status] ?? 0) + 1;
    const here = device.link?.phase === "greeted";
    if (here) connected += 1;
    if (status !== "active") continue;
    const closed = here && accessCountOf(device).blocked > 0;
    active[here ? (closed ? "closed" : "clear") : "away"].push(device.record.id);
  }
  for (const { link } of state.gateways.values()) {
    if (link?.phase === "greeted") gatewaysConnected += 1;
  }
  const gateways = state.gateways.size;
  return { connected, byStatus, active, gateways, gatewaysConnected };
}
