import type { DocumentError } from "./document-error.ts";
import type { ResourceDefinition, TargetDefinition } from "./document.ts";

/**
 * Returns E610 for each pair of targets of two resources of which a packet could not say which it
 * belongs to: same prefix or domain, same protocol, as many ports and one of them shared.
 */
export function equalTargets(resources: readonly ResourceDefinition[]): readonly DocumentError[] {
  const seen = new Map<string, { resource: ResourceDefinition; ranges: readonly Range[] }[]>();
  const errors: DocumentError[] = [];
  for (const resource of resources) {
    for (const target of resource.targets) {
      const ranges = mergedPorts(target);
      const key = `${target.cidr ?? target.domain} ${target.proto} ${countPorts(ranges)}`;
      const others = seen.get(key) ?? [];
      const other = others.find(
        (known) => known.resource.name !== resource.name && shares(known.ranges, ranges),
      );
      if (other !== undefined) {
        const text = `${target.cidr ?? target.domain} ${target.proto} ${target.ports.join(",")}`;
        const why = `\`${resource.name}\` and \`${other.resource.name}\` have the same target \`${text.trimEnd()}\``;
        errors.push({ code: "SP-610", at: target.at, why });
      }
      others.push({ resource, ranges });
      seen.set(key, others);
    }
  }
  return errors;
}

type Range = readonly [first: number, last: number];

function mergedPorts(target: TargetDefinition): readonly Range[] {
  const all: Range = [0, 65_535];
  if (target.ports.length === 0) return [all];
  const ranges = target.ports.map((text): Range => {
    const [first = 0, last = first] = text.split("-").map(Number);
    return [first, last];
  });
  ranges.sort((left, right) => left[0] - right[0]);
  const merged: Range[] = [];
  for (const range of ranges) {
    const last = merged.at(-1);
    if (last === undefined || range[0] > last[1] + 1) merged.push(range);
    else merged[merged.length - 1] = [last[0], Math.max(last[1], range[1])];
  }
  return merged;
}

function countPorts(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

function shares(left: readonly Range[], right: readonly Range[]): boolean {
  return left.some(([first, last]) => right.some((range) => range[0] <= last && range[1] >= first));
}
