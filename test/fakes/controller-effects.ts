/** What tests read out of the controller's effects, and the report that moves its one policy. */
import type { Effect } from "../../controller/core/effect.ts";
import { eventOf, ids, only, reportOf, type World } from "./controller-world.ts";

/** Returns the resources of each grant that was sent. */
export function opened(effects: readonly Effect[]): readonly (readonly string[])[] {
  return only(effects, "grants").flatMap(({ add }) =>
    add.map(({ access }) => access.map(({ r }) => r).sort()),
  );
}

/** Returns the ids of the grants that were taken away. */
export function removed(effects: readonly Effect[]): readonly string[] {
  return only(effects, "grants").flatMap(({ remove }) => remove);
}

/** Returns the last configuration that a device was sent. */
export function lastTunnel(effects: readonly Effect[]) {
  const desired = only(effects, "config").at(-1)?.desired;
  return desired?.kind === "tunnel" ? desired : undefined;
}

/** The report that closes. */
export const firewallOff = (seq = 3) => reportOf(eventOf(seq, "firewall.enabled", false));
/** The report that opens again. */
export const firewallOn = (seq = 4) => reportOf(eventOf(seq, "firewall.enabled", true));

/** Returns what the controller remembers of the device at the gateway. */
export function permitOf(world: World) {
  return world.state.devices.get(ids.device)?.permits.get(ids.gateway) ?? null;
}
