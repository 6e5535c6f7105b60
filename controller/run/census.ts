/** What the state holds, as gauges of the metrics. */
import { closeCodes } from "#shared/protocol/capability.ts";
import type { ControllerState } from "../core/state.ts";
import type { Metrics } from "../ports/metrics.ts";

const knownCodes: ReadonlySet<number> = new Set([1000, 1001, 1006, ...Object.values(closeCodes)]);

/** The other end may close with any number; a label's values are bounded. */
function causeOf(code: number): string {
  return knownCodes.has(code) ? String(code) : "other";
}

/** Keeps the gauges of who is here and what is granted, as the state changes. */
export interface Census {
  opened(role: "device" | "gateway"): void;
  closed(role: "device" | "gateway", code: number): void;
  grants(gateway: string): void;
}

/** Returns a census over the state. */
export function makeCensus(state: ControllerState, metrics: Metrics): Census {
  const connected = { device: 0, gateway: 0 };
  const show = (role: "device" | "gateway") => {
    metrics.gauge("sallyport_agents_connected", { role }, connected[role]);
  };
  show("device");
  show("gateway");
  return {
    opened(role) {
      connected[role] += 1;
      show(role);
    },
    closed(role, code) {
      connected[role] -= 1;
      show(role);
      metrics.count("sallyport_link_reconnects_total", { cause: causeOf(code) });
    },
    grants(id) {
      const gateway = state.gateways.get(id);
      if (gateway === undefined) return;
      const labels = { gateway: gateway.record.name };
      metrics.gauge("sallyport_grants_active", labels, gateway.holders.size);
    },
  };
}
