/**
 * The collectors of a Linux machine. The firewall is read through netd in milliseconds, what the
 * agent knows of itself is told at once, everything else is read by the collector process.
 */
import type { CollectRequest } from "../../../core/posture/collection.ts";
import type { Collectors, Log } from "../../../ports.ts";
import type { CollectorCommand } from "../collector-process.ts";
import { withDeadline } from "../deadline.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { createFirewallCollector } from "./firewall.ts";
import type { FirewallReads } from "./firewall-reads.ts";
import { createHeavyLane } from "./heavy-lane.ts";
import type { Look } from "./heavy-lane.ts";
import { entryInterfaces, proofOfNoIpv6 } from "./network-namespace.ts";
import { watchSystem } from "./system-watch.ts";

/** What the collectors stand on. */
export interface LinuxCollectorsOptions {
  readonly reads: FirewallReads;
  readonly collector: CollectorCommand;
  readonly agentVersion: string;
  readonly log: Log;
}

/** Returns the collectors; nothing is started before the first request. */
export function createLinuxCollectors(options: LinuxCollectorsOptions): Collectors {
  const { reads, log, agentVersion } = options;
  const heavy = createHeavyLane(options.collector, log);
  const firewall = createFirewallCollector({ reads, interfaces: entryInterfaces, proofOfNoIpv6 });
  const raws = new Map<string, string>();
  const closers: (() => void)[] = [];

  async function look(request: CollectRequest): Promise<Look> {
    switch (request.collector) {
      case "firewall":
        return { observations: await firewall(), failed: null };
      case "self":
        return { observations: observeSelf(agentVersion), failed: null };
      case "presence":
        return heavy.presence(request);
      case "protection":
      case "release":
      case "patches":
      case "disk":
      case "integrity":
      case "users":
      case "ports":
        return heavy.ask(request);
    }
  }

  return {
    collect: async (request) => {
      const { collector, run, deadlineMs } = request;
      try {
        const { observations, failed } = await withDeadline(look(request), deadlineMs);
        for (const { fact, raw } of observations) raws.set(fact.signal, raw);
        return { run, collector, facts: observations.map(({ fact }) => fact), failed };
      } catch (error) {
        const late = error instanceof Error && error.name === "TimeoutError";
        log.write("warn", "look failed", { collector, error: String(error) });
        return { run, collector, facts: [], failed: late ? "timeout" : "no_data" };
      }
    },
    watch: (changed) => {
      const onLost = (folder: string, because: string) => {
        log.write("warn", "event source lost, polling instead", { folder, because });
      };
      closers.push(watchSystem({ changed, watched: () => heavy.watched(), onLost }));
    },
    evidence: (signal) => raws.get(signal),
    close: () => {
      for (const close of closers) close();
      heavy.close();
      return Promise.resolve();
    },
  };
}

function observeSelf(agentVersion: string): readonly Observation[] {
  return observe([["agent.version", { kind: "known", value: agentVersion }]], {
    collector: "self",
    collectorVersion: 1,
    by: "self",
    text: agentVersion,
    tookMs: 0,
  });
}
