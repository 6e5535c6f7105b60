/** A device's netd and kernel as a model: which routes lead into the tunnel. It outlives the agent. */
import type { TunnelDesired } from "#shared/protocol/desired.ts";
import type { NetdAnswer, NetdRequest } from "../../agent/core/netd.ts";
import { readSigned } from "./signed.ts";

/** A device's network. */
export interface DeviceKernel {
  request(request: NetdRequest): NetdAnswer;
  routes(): readonly string[];
}

const done: NetdAnswer = { ok: true, error: null, kernelAtMs: 0, steps: [], observed: null };

/** Returns a device without any configuration; `opened` hears of each config that brings routes. */
export function startDeviceKernel(opened: () => void): DeviceKernel {
  let desired: TunnelDesired | null = null;
  let narrowed = false;
  const routes = (): readonly string[] =>
    desired === null || narrowed ? [] : desired.sites.flatMap((site) => site.routes);
  return {
    routes,
    request(request) {
      if (request.verb === "narrow") {
        narrowed = true;
        return done;
      }
      if (request.verb === "observe") {
        return {
          ...done,
          observed: {
            wireguard: "userspace",
            configVersion: desired?.version ?? 0,
            guard: { table: true, rules: true },
            routes: routes(),
            peers: [],
            grants: [],
            findings: [],
          },
        };
      }
      if (request.verb !== "config") return done;
      const next = readSigned(request.jws) as TunnelDesired;
      if (desired !== null && next.version < desired.version) {
        return { ...done, ok: false, error: { code: "conflict", at: "version", detail: "lower" } };
      }
      desired = next;
      narrowed = false;
      if (routes().length > 0) opened();
      return done;
    },
  };
}
