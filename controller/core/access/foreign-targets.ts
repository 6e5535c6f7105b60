/** What other sites have inside the prefixes of a site: a packet belongs to the most specific target, wherever that is. */
import { type Cidr, parseCidr, widthOf } from "#shared/net/cidr.ts";
import type { ResourceRecord } from "../record.ts";

/** By site: resources of other sites, each with those of its targets alone that lie inside a prefix of the site. */
export type ForeignTargets = ReadonlyMap<string, readonly ResourceRecord[]>;

/** Looks at each prefix once, however many there are. */
export function foreignTargets(resources: Iterable<ResourceRecord>): ForeignTargets {
  const records = [...resources].map((record) => ({ record, prefixes: prefixesOf(record) }));
  const sites = new Map<string, Set<string>>();
  const lengths = { 4: new Set<number>(), 6: new Set<number>() };
  for (const { record, prefixes } of records) {
    for (const cidr of prefixes) {
      if (cidr === null) continue;
      lengths[cidr.family].add(cidr.length);
      const key = keyOf(cidr, cidr.length);
      sites.set(key, (sites.get(key) ?? new Set()).add(record.site));
    }
  }
  const foreign = new Map<string, ResourceRecord[]>();
  for (const { record, prefixes } of records) {
    const inside = new Map<string, ResourceRecord["targets"][number][]>();
    for (const [index, cidr] of prefixes.entries()) {
      const target = record.targets[index];
      if (cidr === null || target === undefined) continue;
      for (const site of sitesAround(cidr, lengths[cidr.family], sites)) {
        if (site !== record.site) added(inside, site).push(target);
      }
    }
    const { resolvesTo: _, ...rest } = record;
    for (const [site, targets] of inside) added(foreign, site).push({ ...rest, targets });
  }
  return foreign;
}

function added<Item>(lists: Map<string, Item[]>, key: string): Item[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

function prefixesOf({ targets }: ResourceRecord): readonly (Cidr | null)[] {
  return targets.map(({ cidr }) => (cidr === undefined ? null : parseCidr(cidr)));
}

/** Sites with a prefix that is wider than this one and holds it. */
function sitesAround(
  cidr: Cidr,
  lengths: ReadonlySet<number>,
  sites: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlySet<string> {
  const around = new Set<string>();
  for (const length of lengths) {
    if (length >= cidr.length) continue;
    for (const site of sites.get(keyOf(cidr, length)) ?? []) around.add(site);
  }
  return around;
}

function keyOf({ family, base }: Cidr, length: number): string {
  return `${family} ${length} ${base >> BigInt(widthOf(family) - length)}`;
}
