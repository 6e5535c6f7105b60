// A machine without controller for posture benches: netd, the collectors and the posture machine.
import { mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { entryOf } from "#shared/posture/catalogue.ts";
import type { Tier } from "#shared/posture/catalogue-entry.ts";
import type { Fact } from "#shared/posture/fact.ts";
import { createPosture, nextDeadline, transition } from "../../agent/core/posture/posture.ts";
import type { PostureInput } from "../../agent/core/posture/posture.ts";
import type { PostureState } from "../../agent/core/posture/posture-state.ts";
import { firewallReads } from "../../agent/io/netd/firewall-reads.ts";
import { processEnds } from "../../agent/io/netd/process-ends.ts";
import { openNetd } from "../../agent/io/netd/netd-client.ts";
import { createLinuxCollectors } from "../../agent/io/posture/linux/collectors.ts";
import type { Collectors } from "../../agent/ports.ts";
import { monotonicMs } from "../lab/clock.ts";
import { clone, nativeProgramPath, nodePath } from "../lab/program-path.ts";
import { Program } from "../lab/program.ts";

const startDeadlineMs = 30_000;

/** Processor time in ms. */
export interface PostureCost {
  readonly agentMs: number;
  readonly netdMs: number;
  /** Programs that netd ran to their end, to 10 ms. */
  readonly toolsMs: number;
}

/** A netd, real collectors and the posture machine, with what looking costs. */
export interface PostureRig {
  readonly collectors: Collectors;
  /** Runs the posture machine; `told` hears every fact that would become an event. */
  watch(told: (fact: Fact, atMs: number) => void): void;
  /** Looks again, as an event of the service manager would make it. */
  wake(signals: readonly string[]): void;
  /** Goes on with the groups of one tier alone. */
  keepTier(tier: Tier): void;
  costOf(wait: () => Promise<unknown>): Promise<PostureCost>;
  stop(): Promise<void>;
}

/** Starts netd on folders of its own and waits until it answers. */
export async function startPostureRig(folder: string): Promise<PostureRig> {
  const state = mkdtempSync(join(folder, "netd-"));
  const run = join(state, "run");
  const netd = new Program({
    name: "netd",
    argv: [nativeProgramPath("sallyport-netd"), "--state-dir", state, "--run-dir", run],
    logFile: join(state, "netd.log"),
  });
  await netd.waitFor((line) => line["message"] === "netd runs", { deadlineMs: startDeadlineMs });
  let notice: (name: string) => void = () => undefined;
  const ready = Promise.withResolvers<void>();
  const client = openNetd(join(run, "netd.sock"), (event) => {
    if (event.kind === "netdReady") ready.resolve();
    if (event.kind === "netdNoticed") notice(event.name);
  });
  await ready.promise;
  const collectors = createLinuxCollectors({
    reads: firewallReads(client),
    tellEnds: processEnds(client),
    collector: {
      command: nodePath,
      args: [join(clone, "agent/collector/main.ts")],
      cache: state,
    },
    agentVersion: "0.0.0",
    log: { write: () => undefined },
  });
  const machine = new Machine(collectors);
  return {
    collectors,
    watch: (told) => {
      notice = (name) => {
        if (name === "firewallChanged")
          machine.feed({ kind: "changed", signals: ["firewall.ipv4"] });
        if (name === "processEnded")
          machine.feed({ kind: "changed", signals: ["edr.running", "edr.healthy"] });
      };
      collectors.watch((signals) => machine.feed({ kind: "changed", signals }));
      machine.start(told);
    },
    wake: (signals) => machine.feed({ kind: "changed", signals }),
    keepTier: (tier) => machine.keepTier(tier),
    costOf: async (wait) => {
      const before = process.cpuUsage();
      const [netdBefore, toolsBefore] = [runtimeMsOf(netd.pid), childrenMsOf(netd.pid)];
      await wait();
      const { user, system } = process.cpuUsage(before);
      return {
        agentMs: (user + system) / 1_000,
        netdMs: runtimeMsOf(netd.pid) - netdBefore,
        toolsMs: childrenMsOf(netd.pid) - toolsBefore,
      };
    },
    stop: async () => {
      machine.stop();
      await collectors.close();
      client.close();
      await netd.stop();
    },
  };
}

/** Processor time of all threads of a process, to the nanosecond. */
function runtimeMsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0])
    .reduce((sum, nanoseconds) => sum + Number(nanoseconds) / 1e6, 0);
}

/** The kernel's USER_HZ, 100 on every Linux that Node supports. */
const msPerTick = 10;

/** Processor time of children that have ended. */
function childrenMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(stat[13]) + Number(stat[14])) * msPerTick;
}

class Machine {
  readonly #collectors: Collectors;
  #state: PostureState = createPosture("linux", moment());
  #told: (fact: Fact, atMs: number) => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(collectors: Collectors) {
    this.#collectors = collectors;
  }

  start(told: (fact: Fact, atMs: number) => void): void {
    this.#told = told;
    this.feed({ kind: "tick" });
  }

  feed(event: PostureInput): void {
    const { state, effects } = transition(this.#state, event, moment());
    this.#state = state;
    for (const effect of effects) {
      if (effect.kind === "publish") {
        for (const fact of effect.facts) this.#told(fact, monotonicMs());
      } else {
        void this.#collectors
          .collect(effect.request)
          .then((answer) => this.feed({ kind: "collected", answer }));
      }
    }
    clearTimeout(this.#timer);
    const next = nextDeadline(this.#state);
    if (next === null) return;
    this.#timer = setTimeout(
      () => this.feed({ kind: "tick" }),
      Math.max(0, next.at - monotonicMs()),
    );
  }

  keepTier(tier: Tier): void {
    const groups = this.#state.groups.filter(({ group }) =>
      group.signals.some((signal) => entryOf(signal)?.tier === tier),
    );
    this.#state = { ...this.#state, groups };
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

function moment() {
  return { monotonicMs: monotonicMs(), wallAt: Date.now(), random: Math.random() };
}
