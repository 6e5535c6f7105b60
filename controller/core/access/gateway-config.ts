/** The signed whole state of a gateway's network: addresses, forwarding and what its atoms mean. */
import { spiffeOf } from "#shared/base/spiffe.ts";
import { capability } from "#shared/protocol/capability.ts";
import type { GatewayDesired } from "#shared/protocol/desired.ts";
import type { Step } from "../context.ts";
import type { DeviceState, GatewayState } from "../state.ts";
import { gatewayResource } from "./config-room.ts";
import { toleranceOf } from "./grant-claims.ts";
import { sortedResources } from "./sorted-resources.ts";

/** Sends the gateway its config where the content differs from what this link carried last. */
export function sendGatewayConfig(step: Step, gateway: GatewayState): void {
  if (gateway.link?.phase !== "greeted" || gateway.record.status !== "active") return;
  const content = gatewayContent(step, gateway);
  const text = JSON.stringify(content);
  if (text === gateway.sentConfig) return;
  gateway.sentConfig = text;
  gateway.configVersion = Math.max(gateway.configVersion + 1, step.now);
  step.effects.push({
    kind: "config",
    link: gateway.link.id,
    desired: { ...content, iat: step.now / 1000, version: gateway.configVersion },
  });
}

/** Ports of the endpoints beside the one that WireGuard itself listens on. */
function alsoListening({
  endpoints,
  listenPort,
}: GatewayState["record"]): Pick<GatewayDesired, "alsoListenPorts"> {
  const ports = endpoints.map((endpoint) => endpoint.slice(endpoint.lastIndexOf(":") + 1));
  const others = [...new Set(ports)].filter((port) => port !== String(listenPort)).slice(0, 3);
  return others.length === 0 ? {} : { alsoListenPorts: others };
}

const revokedMax = 1_024;

/** Keys that no break-glass opens; the newest devices where there are too many. */
function revokedKeys(devices: Iterable<DeviceState>): Pick<GatewayDesired, "revoked"> {
  const out = [...devices]
    .map(({ record }) => record)
    .filter(({ status }) => status === "revoked" || status === "quarantined")
    .sort((left, right) => (left.id < right.id ? 1 : -1))
    .slice(0, revokedMax)
    .map(({ wgPublicKey }) => wgPublicKey);
  return out.length === 0 ? {} : { revoked: out };
}

function gatewayContent(
  step: Step,
  gateway: GatewayState,
): Omit<GatewayDesired, "iat" | "version"> {
  const { state } = step;
  const { record } = gateway;
  const { trustDomain, network } = state;
  const site = state.sites.get(record.site);
  const resources = sortedResources(state.resources).filter(
    (resource) => resource.site === record.site,
  );
  return {
    iss: `spiffe://${trustDomain}/controller`,
    aud: spiffeOf(trustDomain, { role: "gateway", id: record.id }),
    minCapability: capability,
    kind: "gateway",
    gateway: record.id,
    site: record.site,
    listenPort: record.listenPort,
    ...alsoListening(record),
    addresses: [`${record.address4}/32`, `${record.address6}/128`],
    pools: [network.pool4, network.pool6],
    mtu: network.mtu,
    lan: record.lan,
    forwarding: { mode: site?.forwarding ?? "snat", v4: true, v6: true },
    // Nobody is granted those of other sites here: they close what is theirs inside a wider target.
    resources: [...resources, ...(state.foreign.get(record.site) ?? [])].map(gatewayResource),
    resolvers: [...(site?.resolvers ?? [])],
    ...revokedKeys(state.devices.values()),
    // No grant of this gateway tolerates more, whoever signed it.
    maxStaleSeconds: Math.max(0, ...resources.map(toleranceOf)),
    pskSecret: record.pskSecret,
  };
}
