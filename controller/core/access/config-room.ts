/** How large a signed configuration may become. */
import type { ErrorRef } from "#shared/base/coded-error.ts";
import { configCharactersMax } from "#shared/protocol/capability.ts";
import type { GatewayDesired } from "#shared/protocol/desired.ts";
import type { ResourceRecord } from "../record.ts";
import { type ForeignTargets, foreignTargets } from "./foreign-targets.ts";

/** Base64 makes four characters of three bytes. */
const configBytes = (configCharactersMax / 4) * 3;

/** What a gateway's configuration holds beside resources: 1,024 revoked keys, addresses, the signature. */
const restBytes = 52 * 1024;

/** Bytes that all resources of a site may take together. */
export const siteBytesMax = configBytes - restBytes;

/** Prefixes that a device takes as routes of a site. */
const routesMax = 1_024;

/** Prefixes that devices protect, for all sites: 1,024, of which the network's own take 256. */
const protectedMax = 768;

/** What does not fit, as SP-413 tells it. */
export interface Excess {
  readonly what: string;
  readonly size: string;
  readonly max: number;
}

/** Returns what no configuration has room for: `site` is among all resources that there are. */
export function excessOf(
  all: readonly ResourceRecord[],
  site: { readonly id: string; readonly name: string },
  foreign: ForeignTargets = foreignTargets(all),
): Excess | null {
  const there = all.filter((resource) => resource.site === site.id);
  const what = `what site \`${site.name}\` would hold`;
  const told = [...there, ...(foreign.get(site.id) ?? [])];
  const bytes = told.reduce((sum, resource) => sum + resourceBytes(resource), 0);
  if (bytes > siteBytesMax) return { what, size: `${bytes} bytes`, max: siteBytesMax };
  const routes = prefixesOf(there);
  if (routes > routesMax) return { what, size: `${routes} prefixes`, max: routesMax };
  const kept = prefixesOf(all.filter((resource) => resource.protected));
  if (kept <= protectedMax) return null;
  return { what: "what all sites would protect", size: `${kept} prefixes`, max: protectedMax };
}

/** Returns the first prefix of a site that another site has too: a device leads it to one of them only. */
export function twinOf(
  all: readonly ResourceRecord[],
  site: { readonly id: string },
): { readonly at: string; readonly why: string } | null {
  const elsewhere = new Map<string, string>();
  for (const { name, targets } of all.filter((resource) => resource.site !== site.id)) {
    for (const { cidr } of targets) if (cidr !== undefined) elsewhere.set(cidr, name);
  }
  for (const { name, targets } of all.filter((resource) => resource.site === site.id)) {
    const cidr = targets.find((target) => elsewhere.has(target.cidr ?? ""))?.cidr;
    if (cidr === undefined) continue;
    const why = `\`${elsewhere.get(cidr)}\` has \`${cidr}\` at another site`;
    return { at: `resource \`${name}\``, why };
  }
  return null;
}

/** Returns why resources cannot stand together, looking at sites that changed and at what they change elsewhere; null: they can. */
export function roomRefusal(
  all: readonly ResourceRecord[],
  sites: readonly { readonly id: string; readonly name: string }[],
  changed: ReadonlySet<string>,
): ErrorRef | null {
  const foreign = foreignTargets(all);
  const isTouched = ({ id }: { readonly id: string }) =>
    changed.has(id) || foreign.get(id)?.some((resource) => changed.has(resource.site)) === true;
  for (const site of sites.filter(isTouched)) {
    const excess = excessOf(all, site, foreign);
    if (excess !== null) return { code: "SP-413", params: { ...excess } };
    const twin = twinOf(all, site);
    if (twin !== null) return { code: "SP-610", params: twin };
  }
  return null;
}

function prefixesOf(resources: readonly ResourceRecord[]): number {
  const cidrs = resources.flatMap(({ targets }) => targets.map(({ cidr }) => cidr));
  return new Set(cidrs.filter((cidr) => cidr !== undefined)).size;
}

/** Returns a resource as gateways are told of it. */
export function gatewayResource({ id, name, targets, resolvesTo }: ResourceRecord) {
  const base: GatewayDesired["resources"][number] = { id, name, targets: [...targets] };
  return resolvesTo === undefined ? base : { ...base, resolvesTo: [...resolvesTo] };
}

/** Returns what a resource takes of it; its names are ASCII. */
export function resourceBytes(resource: ResourceRecord): number {
  return JSON.stringify(gatewayResource(resource)).length + 1;
}
