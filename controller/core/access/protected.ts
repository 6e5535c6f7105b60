/** What never leaves a device in clear, and the doors that must stay open through it. */
import { foreignTargets } from "./foreign-targets.ts";
import type { Protection, Door } from "./protection.ts";
import type { TunnelDesired } from "#shared/protocol/desired.ts";
import { type Address, parseAddress } from "#shared/net/address.ts";
import { type Cidr, containsAddress, parseCidr } from "#shared/net/cidr.ts";
import { markAllDirty } from "../dirty.ts";
import type { NetworkRecord, ResourceRecord } from "../record.ts";
import type { ControllerState } from "../state.ts";

/** Computes `protection` and `foreign` anew from resources, network, controllers and gateways. */
export function refreshProtection(state: ControllerState): void {
  const endpoints = [...state.gateways.values()].flatMap(({ record }) => record.endpoints);
  const doors = [
    ...state.doors,
    ...endpoints.map((endpoint) => ({ endpoint, proto: "udp" as const })),
  ];
  state.foreign = foreignTargets(state.resources.values());
  state.protection = protectionOf(state.resources.values(), state.network, doors);
}

/** Devices hear of it only where a door lies inside a protected prefix. */
export function moveDoors(state: ControllerState, doors: readonly Door[]): void {
  const before = JSON.stringify(state.protection);
  state.doors = doors;
  refreshProtection(state);
  if (JSON.stringify(state.protection) !== before) markAllDirty(state);
}

/** Returns the targets of all protected resources and the extra prefixes, with the doors that lie inside them. */
export function protectionOf(
  resources: Iterable<ResourceRecord>,
  network: NetworkRecord,
  doors: readonly Door[],
): Protection {
  const prefixes = new Set(network.extraProtected);
  for (const resource of resources) {
    if (!resource.protected) continue;
    for (const { cidr } of resource.targets) if (cidr !== undefined) prefixes.add(cidr);
  }
  const parsed = [...prefixes].map(parseCidr).filter((cidr): cidr is Cidr => cidr !== null);
  const bypass = new Map<string, TunnelDesired["bypass"][number]>();
  for (const { endpoint, proto } of doors) {
    const door = parseEndpoint(endpoint);
    if (door === null || !parsed.some((cidr) => containsAddress(cidr, door.parsed))) continue;
    const { address, port } = door;
    bypass.set(`${address} ${proto} ${port}`, { address, proto, port });
  }
  return { prefixes: [...prefixes].sort(), bypass: [...bypass.values()].slice(0, 32) };
}

/** Returns address and port of a `host:port` whose host is an address; names are null. */
function parseEndpoint(
  endpoint: string,
): { address: string; port: number; parsed: Address } | null {
  const colon = endpoint.lastIndexOf(":");
  const address = endpoint.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  const parsed = parseAddress(address);
  const port = Number(endpoint.slice(colon + 1));
  return parsed === null || !Number.isInteger(port) ? null : { address, port, parsed };
}
