/** Names that a device never asks about outside the tunnel, and those it may resolve through it. */
import type { TunnelDesired } from "#shared/protocol/desired.ts";
import type { Step } from "../context.ts";
import type { ResourceRecord } from "../record.ts";
import type { DeviceState } from "../state.ts";
import { sortedResources } from "./sorted-resources.ts";

type Domain = TunnelDesired["dns"]["domains"][number];

/** Returns each name of protected and of granted resources once per site; a grant for one of its resources counts. */
export function protectedDomains(step: Step, device: DeviceState): Domain[] {
  const applied = new Set([...device.permits.values()].flatMap((permit) => [...permit.applied]));
  const domains = new Map<string, Domain>();
  for (const resource of sortedResources(step.state.resources)) {
    const granted = applied.has(resource.id);
    if (!resource.protected && !granted) continue;
    for (const { domain } of resource.targets) {
      if (domain === undefined) continue;
      const key = `${domain} ${resource.site}`;
      const known = domains.get(key);
      domains.set(key, domainOf(domain, resource.site, granted || known?.granted === true));
    }
  }
  return [...domains.values()];
}

function domainOf(domain: string, site: string, granted: boolean): Domain {
  const wildcard = domain.startsWith("*.");
  return { name: wildcard ? domain.slice(2) : domain, wildcard, site, granted };
}

/** Tells whether a resource is known by a name. */
export function hasNames(resource: ResourceRecord | undefined): boolean {
  return resource?.targets.some(({ domain }) => domain !== undefined) ?? false;
}
