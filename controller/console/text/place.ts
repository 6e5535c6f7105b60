/** Sites and resources in words. */
import type { ResourceShown, SiteShown } from "#shared/protocol/api/place.ts";

/** Returns where a resource lies, one target after the other. */
export function targetsText({ targets }: Pick<ResourceShown, "targets">): string {
  return targets
    .map(({ cidr, domain, proto, ports }) =>
      [cidr ?? domain, proto, ports.join("+")].filter(Boolean).join(" "),
    )
    .join(", ");
}

/** Returns what there is to know of a site. */
export function siteRows({ forwarding, resolvers }: SiteShown) {
  return [
    ["forwarding", forwarding],
    ["resolvers", resolvers.join(", ") || "none"],
  ] as const;
}
