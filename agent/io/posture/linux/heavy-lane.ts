/** Asks the collector process, and spares it where a look at processes' lives is enough. */
import { setImmediate, setTimeout } from "node:timers/promises";
import { edrCatalogue } from "#shared/posture/edr-catalogue.ts";
import type { CollectRequest } from "../../../core/posture/collection.ts";
import type { Log } from "../../../ports.ts";
import { askInventory, createCollectorProcess } from "../collector-process.ts";
import type { CollectorResult } from "../collector-process.ts";
import type { CollectorCommand } from "../collector-transport.ts";
import type { Look } from "../look.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import type { LifeWatch } from "./life-watch.ts";
import { allAlive, anyCommandOf } from "./processes.ts";
import type { WatchedProcess } from "./processes.ts";

/** The lane of heavy and privileged reading. */
export interface HeavyLane {
  /** Asks the collector process for the signals of a request. */
  ask(request: CollectRequest): Promise<Look>;
  /** Tells whether protection still runs, without the collector process where possible. */
  presence(request: CollectRequest): Promise<Look>;
  inventory(): ReturnType<typeof askInventory>;
  close(): void;
}

/** How long a look at processes' lives may stand in for a look at the programs themselves. */
const trustLivesMs = 10 * 60_000;

/** The longest that a package tool waits for what is known without it. */
const giveWayMs = 3_000;

interface Presence {
  readonly observation: Observation;
  readonly watched: readonly WatchedProcess[];
  readonly readAt: number;
}

/** What the lane stands on. */
export interface HeavyLaneOptions {
  readonly command: CollectorCommand;
  readonly log: Log;
  /** Hears of the processes whose end would make protection absent. */
  readonly lives: LifeWatch;
  /** Whether anything bears the name of a product; tests know of their own processes only. */
  readonly namesakeRuns?: () => boolean;
}

/** Returns the lane; nothing is started before the first request. */
export function createHeavyLane(options: HeavyLaneOptions): HeavyLane {
  const { command, log, lives, namesakeRuns = () => anyCommandOf(protectors) } = options;
  const quick = createCollectorProcess(command);
  // Package tools run for seconds; a process of their own keeps them out of the others' way.
  const slow = createCollectorProcess(command);
  let held: Presence | null = null;

  /** What is known at once comes from the process that the same change has started in any case. */
  async function askSlow(signals: readonly string[], deadlineMs: number): Promise<CollectorResult> {
    // Whatever else the same change asks for goes first.
    await setImmediate();
    const known = await Promise.race([
      quick.ask({ verb: "collect", signals, atOnce: true }, deadlineMs),
      setTimeout(giveWayMs, null, { ref: false }),
    ]);
    if (known?.kind === "answered" && known.observations.length > 0) return known;
    return slow.ask({ verb: "collect", signals }, deadlineMs - giveWayMs);
  }

  async function ask(request: CollectRequest): Promise<Look> {
    const { signals, collector, deadlineMs } = request;
    const result =
      collector === "patches"
        ? await askSlow(signals, deadlineMs)
        : await quick.ask({ verb: "collect", signals }, deadlineMs);
    if (result.kind === "failed") {
      log.write("warn", "collector failed", {
        signals,
        reason: result.reason,
        detail: result.detail,
      });
      return { observations: [], failed: result.reason };
    }
    const running = result.observations.find(({ fact }) => fact.signal === "edr.running");
    if (running !== undefined) {
      held = { observation: running, watched: result.watched, readAt: performance.now() };
      await lives.keep(result.watched);
    }
    return { observations: result.observations, failed: null, again: result.again };
  }

  /** A protected machine stays so while the same processes live, an unprotected one while none has come. */
  async function stillHolds({ watched }: Presence): Promise<boolean> {
    return watched.length > 0 ? allAlive(watched) : !namesakeRuns();
  }

  return {
    ask,
    presence: async (request) => {
      const last = held;
      if (last === null || performance.now() - last.readAt >= trustLivesMs) return ask(request);
      if (await stillHolds(last)) {
        // A netd that started anew knows of none.
        await lives.keep(last.watched);
        return { observations: [last.observation], failed: null };
      }
      if (last.watched.length === 0 || namesakeRuns()) return ask(request);
      // Told before the collector has started; the next look asks it again in any case.
      held = null;
      return { observations: ended(), failed: null };
    },
    inventory: () => askInventory(slow, log),
    close: () => {
      lives.close();
      quick.close();
      slow.close();
    },
  };
}

/** Says that protection is gone: what ran has ended, and nothing bears the name of any product. */
function ended(): readonly Observation[] {
  return observe([["edr.running", { kind: "known", value: false }]], {
    collector: "presence",
    collectorVersion: 1,
    by: "os",
    text: "the processes have ended and none of a product's name runs",
    tookMs: 0,
  });
}

const protectors = edrCatalogue
  .filter((product) => product.os === "linux" && product.class !== "visibility")
  .flatMap((product) => product.programs.flat());
