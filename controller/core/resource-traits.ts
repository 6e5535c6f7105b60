import type { ResourceDefinition } from "#shared/policy/document.ts";
import type { ResourceRecord } from "./record.ts";

/** Returns what a document says of a resource as its record has it; id, site and source are the record's own. */
export function traitsOf(
  definition: ResourceDefinition,
): Omit<ResourceRecord, "id" | "site" | "source"> {
  const { name, targets, tags, sensitivity, resolvesTo } = definition;
  return {
    name,
    targets: targets.map(({ cidr, domain, proto, ports }) => ({
      ...(domain === undefined ? { cidr } : { domain }),
      proto,
      ports: [...ports],
    })),
    tags,
    sensitivity,
    protected: definition.protected,
    leaseSeconds: definition.leaseSeconds,
    offlineToleranceSeconds: definition.offlineToleranceSeconds,
    ...(resolvesTo === undefined ? {} : { resolvesTo }),
    serverToDevice: false,
  };
}
