/** The signed whole state of a device's network: routes only for what gateways confirmed to be open. */
import { spiffeOf } from "#shared/base/spiffe.ts";
import { capability } from "#shared/protocol/capability.ts";
import type { TunnelDesired } from "#shared/protocol/desired.ts";
import type { Step } from "../context.ts";
import type { DeviceState, GatewayState } from "../state.ts";
import { hasNames, protectedDomains } from "./protected-domains.ts";

const keepaliveSeconds = 25;

/** Sends the device its config where the content differs from what this link carried last. */
export function sendTunnelConfig(step: Step, device: DeviceState): void {
  if (device.link?.phase !== "greeted") return;
  const content = tunnelContent(step, device);
  const text = JSON.stringify(content);
  if (text === device.sentConfig) return;
  device.sentConfig = text;
  // Rises with the clock, so that it need not be kept over a restart.
  device.configVersion = Math.max(device.configVersion + 1, step.now);
  step.effects.push({
    kind: "config",
    link: device.link.id,
    desired: { ...content, iat: step.now / 1000, version: device.configVersion },
  });
}

function tunnelContent(step: Step, device: DeviceState): Omit<TunnelDesired, "iat" | "version"> {
  const { state } = step;
  const { record } = device;
  const { trustDomain, network, protection } = state;
  const sites = openSites(step, device);
  const ends = [...device.permits.values()].map(({ live }) => (live?.exp ?? 0) * 1000);
  return {
    iss: `spiffe://${trustDomain}/controller`,
    aud: spiffeOf(trustDomain, { role: "device", id: record.id }),
    minCapability: capability,
    kind: "tunnel",
    device: record.id,
    state: sites.length === 0 ? "blocked" : "open",
    addresses: [`${record.address4}/32`, `${record.address6}/128`],
    mtu: network.mtu,
    sites,
    protectedPrefixes: [...protection.prefixes],
    bypass: protection.bypass,
    dns: { domains: protectedDomains(step, device), upstream: "gateway" },
    keepaliveSeconds,
    grantedUntilAt: sites.length === 0 ? 0 : Math.max(...ends),
  };
}

function openSites(step: Step, device: DeviceState): TunnelDesired["sites"] {
  const sites = new Map<string, { gateways: GatewayState[]; resources: Set<string> }>();
  for (const [id, permit] of device.permits) {
    const gateway = step.state.gateways.get(id);
    if (gateway === undefined || permit.applied.size === 0) continue;
    if (gateway.record.endpoints.length === 0) continue;
    const site = sites.get(gateway.record.site) ?? { gateways: [], resources: new Set() };
    site.gateways.push(gateway);
    for (const resource of permit.applied) site.resources.add(resource);
    sites.set(gateway.record.site, site);
  }
  return [...sites]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .filter(([, { resources }]) => opensAnything(step, resources))
    .map(([site, { gateways, resources }]) => ({
      site,
      peers: gateways
        .sort(byPriority)
        .slice(0, 8)
        .map((gateway) => peerOf(step, device, gateway)),
      routes: routesOf(step, resources),
    }));
}

/** A site with names alone has no routes before the first name is asked for. */
function opensAnything(step: Step, resources: ReadonlySet<string>): boolean {
  const records = [...resources].map((id) => step.state.resources.get(id));
  return routesOf(step, resources).length > 0 || records.some(hasNames);
}

function byPriority(left: GatewayState, right: GatewayState): number {
  return (
    left.record.priority - right.record.priority || (left.record.id < right.record.id ? -1 : 1)
  );
}

function peerOf(
  step: Step,
  device: DeviceState,
  gateway: GatewayState,
): TunnelDesired["sites"][number]["peers"][number] {
  const { id, wgPublicKey, pskSecret, endpoints, address4, address6 } = gateway.record;
  return {
    gateway: id,
    publicKey: wgPublicKey,
    presharedKey: step.context.presharedKey(pskSecret, device.record.wgPublicKey),
    endpoints: endpoints.slice(0, 4),
    tunnelAddresses: [address4, address6],
  };
}

function routesOf(step: Step, resources: ReadonlySet<string>): string[] {
  const routes = new Set<string>();
  for (const id of resources) {
    for (const { cidr } of step.state.resources.get(id)?.targets ?? []) {
      if (cidr !== undefined) routes.add(cidr);
    }
  }
  return [...routes].sort();
}
