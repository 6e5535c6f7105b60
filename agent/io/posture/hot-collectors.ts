/** The collectors that run in the agent's own process; other groups are answered as not readable. */
import type { CollectAnswer } from "../../core/posture/collection.ts";
import type { Collectors } from "../../ports.ts";
import { createFirewallCollector } from "./linux/firewall.ts";
import type { FirewallReads } from "./linux/firewall-reads.ts";
import { entryInterfaces, proofOfNoIpv6 } from "./linux/network-namespace.ts";

/** Returns collectors of the hot lane. */
export function openHotCollectors(reads: FirewallReads): Collectors {
  const collectFirewall = createFirewallCollector({
    reads,
    interfaces: entryInterfaces,
    proofOfNoIpv6,
  });
  return {
    collect: async ({ run, collector }): Promise<CollectAnswer> => {
      if (collector !== "firewall") return { run, collector, facts: [], failed: "no_data" };
      const found = await collectFirewall();
      return { run, collector, facts: found.map(({ fact }) => fact), failed: null };
    },
    watch: () => undefined,
    evidence: () => undefined,
    close: () => Promise.resolve(),
  };
}
