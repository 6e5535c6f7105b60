/** The collectors of macOS and Windows: everything but the agent itself is read by the collector process. */
import type { CollectRequest } from "../../core/posture/collection.ts";
import type { Collectors, Log } from "../../ports.ts";
import { askInventory, createCollectorProcess } from "./collector-process.ts";
import type { CollectorCommand } from "./collector-transport.ts";
import type { EventChildOptions } from "./event-child.ts";
import { collectorsOf, lookAtSelf } from "./look.ts";
import type { Look } from "./look.ts";

/** What the collectors stand on. */
export interface ProcessCollectorsOptions {
  readonly collector: CollectorCommand;
  readonly agentVersion: string;
  readonly log: Log;
  /** Starts the system's event sources; returns what ends them. */
  readonly watch: (options: EventChildOptions) => () => void;
}

/** Returns the collectors; where an event source is away, the floor polls tell changes. */
export function createProcessCollectors(options: ProcessCollectorsOptions): Collectors {
  const { log, agentVersion } = options;
  const quick = createCollectorProcess(options.collector);
  // The search for updates runs for minutes; a process of its own keeps it out of the others' way.
  const slow = createCollectorProcess(options.collector);
  const look = async (request: CollectRequest): Promise<Look> => {
    const { collector, signals, deadlineMs } = request;
    if (collector === "self") return lookAtSelf(agentVersion);
    const process = collector === "patches" ? slow : quick;
    const result = await process.ask({ verb: "collect", signals }, deadlineMs);
    if (result.kind === "answered") return { observations: result.observations, failed: null };
    log.write("warn", "collector failed", {
      signals,
      reason: result.reason,
      detail: result.detail,
    });
    return { observations: [], failed: result.reason };
  };
  const inventory = () => askInventory(slow, log);
  const close = () => {
    quick.close();
    slow.close();
  };
  const onLost = (source: string, because: string) => {
    log.write("warn", "event source lost, polling instead", { source, because });
  };
  const watch = (changed: (signals: readonly string[]) => void) =>
    options.watch({ changed, onLost });
  return collectorsOf({ look, watch, inventory, close }, log);
}
