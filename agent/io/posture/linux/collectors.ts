/**
 * The collectors of a Linux machine. The firewall is read through netd in milliseconds, what the
 * agent knows of itself is told at once, everything else is read by the collector process.
 */
import type { CollectRequest } from "../../../core/posture/collection.ts";
import type { Collectors, Log } from "../../../ports.ts";
import type { CollectorCommand } from "../collector-transport.ts";
import { collectorsOf, lookAtSelf } from "../look.ts";
import type { Look } from "../look.ts";
import { createFirewallCollector } from "./firewall.ts";
import type { FirewallReads } from "./firewall-reads.ts";
import { collectFirewallProgram, firewallsSetOn } from "./firewall-settings.ts";
import { createHeavyLane } from "./heavy-lane.ts";
import { entryInterfaces, proofOfNoIpv6 } from "./network-namespace.ts";
import { collectPublishedPorts } from "./published-ports.ts";
import { createLifeWatch } from "./life-watch.ts";
import type { TellEnds } from "./life-watch.ts";
import { protection, watchSystem } from "./system-watch.ts";

/** What the collectors stand on. */
export interface LinuxCollectorsOptions {
  readonly reads: FirewallReads;
  readonly tellEnds: TellEnds;
  readonly collector: CollectorCommand;
  readonly agentVersion: string;
  readonly log: Log;
}

/** Returns the collectors; nothing is started before the first request. */
export function createLinuxCollectors(options: LinuxCollectorsOptions): Collectors {
  const { reads, log, agentVersion } = options;
  let tell: (signals: readonly string[]) => void = () => undefined;
  const lives = createLifeWatch(options.tellEnds, () => tell(protection));
  const heavy = createHeavyLane({ command: options.collector, log, lives });
  const firewall = createFirewallCollector({
    reads,
    interfaces: entryInterfaces,
    proofOfNoIpv6,
    setOn: firewallsSetOn,
  });

  async function look(request: CollectRequest): Promise<Look> {
    switch (request.collector) {
      case "firewall":
        // An agent that starts looks before it has netd: "unknown" for that moment would end access
        // that is in good order.
        await reads.ready();
        return { observations: await firewall(), failed: null };
      case "published":
        await reads.ready();
        return {
          observations: [
            ...(await collectPublishedPorts(reads)),
            ...(await collectFirewallProgram()),
          ],
          failed: null,
        };
      case "self":
        return lookAtSelf(agentVersion);
      case "presence":
        return heavy.presence(request);
      case "protection":
      case "release":
      case "patches":
      case "disk":
      case "integrity":
      case "users":
      case "screen":
      case "ports":
      case "management":
      case "certificates":
      case "software":
      case "hardware":
      case "checks":
        return heavy.ask(request);
    }
  }

  const onLost = (folder: string, because: string) => {
    log.write("warn", "event source lost, polling instead", { folder, because });
  };
  const watch = (changed: (signals: readonly string[]) => void) => {
    tell = changed;
    return watchSystem({ changed, onLost });
  };
  const inventory = () => heavy.inventory();
  return collectorsOf({ look, watch, inventory, close: () => heavy.close() }, log);
}
