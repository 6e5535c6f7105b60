/** Gauges of who is here and what is granted. */
import type { ControllerState } from "../core/state.ts";
import type { Metrics } from "../ports.ts";

/** Keeps the gauges of §12 that describe the state. */
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
      metrics.count("sallyport_link_reconnects_total", { cause: String(code) });
    },
    grants(id) {
      const gateway = state.gateways.get(id);
      if (gateway === undefined) return;
      const labels = { gateway: gateway.record.name };
      metrics.gauge("sallyport_grants_active", labels, gateway.holders.size);
    },
  };
}
