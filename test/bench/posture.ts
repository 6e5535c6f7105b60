// `npm run bench:posture`: what each collector costs, what a minute of the hot tier costs, and how long changes
// of firewall, protection, packages and users take to become facts. Exit 0 measured, 1 `--gate` with a missed aim, 2 usage,
// 3 the machine lacks something.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { catalogue } from "#shared/posture/catalogue.ts";
import { tierClocks } from "#shared/posture/catalogue/tier.ts";
import type { CollectRequest } from "../../agent/core/posture/collection.ts";
import { groupsOf } from "../../agent/core/posture/groups.ts";
import type { Group } from "../../agent/core/posture/groups.ts";
import { mustRunNow } from "../lab/command.ts";
import { monotonicMs } from "../lab/clock.ts";
import { insideContainer, prepareContainer, runInContainer } from "../lab/container.ts";
import { nativeProgramsStand, programPath } from "../lab/program-path.ts";
import { readContainer } from "./container-cost.ts";
import { startPostureRig } from "./posture-rig.ts";
import type { PostureCost, PostureRig } from "./posture-rig.ts";
import { setStage } from "./posture-stage.ts";
import type { Stage } from "./posture-stage.ts";
import { quantilesOf } from "./quantiles.ts";
import type { Quantiles } from "./quantiles.ts";

const aims = {
  hotCpuMsPerMinute: 30,
  coldCpuMs: 2_000,
  coldAfterChangeCpuMs: 2_000,
  workerIdleMiB: 0,
  firewallP95Ms: 50,
  serviceStopP95Ms: 500,
  packageStateP95Ms: 500,
  securityUpdatesP95Ms: 500,
  userFilesP95Ms: 500,
} as const;
const restSeconds = 30;
/** The looks that the last change caused. */
const settleSeconds = 20;
/** Apart enough that caches are as cold as after a minute, often enough that a clock's tick is nothing. */
const hotLookEveryMs = 5_000;
const hotLooks = 24;
/** Floor polls come up to a tenth early, so that machines do not ask together. */
const hotLooksPerMinute = 60_000 / (0.95 * tierClocks.hot.floorPollMs);
/** Longer than the posture machine's token takes to come back, so that no round is limited. */
const betweenChangesMs = 1_100;
/** Longer than the collector process stays when idle. */
const collectorEndsMs = 6_000;

/** Of x86 and most ARM machines. */
const pageBytes = 4_096;

const coldCollectors = ["patches", "release", "integrity", "software"];

interface CollectorCost {
  readonly collector: string;
  readonly wallMs: Quantiles;
  readonly cpuMs: number;
  readonly tasks: number;
}

async function measureCollector(rig: PostureRig, group: Group, rounds: number) {
  const walls: number[] = [];
  // The first look may start the collector process, which `collectorStart` tells by itself.
  await rig.collectors.collect({ run: 0, ...group });
  const before = readContainer();
  for (let run = 1; run <= rounds; run++) {
    const { collector, signals, deadlineMs } = group;
    const request: CollectRequest = { run, collector, signals, deadlineMs };
    const startedAtMs = monotonicMs();
    await rig.collectors.collect(request);
    walls.push(monotonicMs() - startedAtMs);
  }
  const after = readContainer();
  const per = (value: number) => Math.round((value / rounds) * 10) / 10;
  return {
    collector: group.collector,
    wallMs: quantilesOf(walls),
    cpuMs: per(after.cpuMs - before.cpuMs),
    tasks: per(after.tasks - before.tasks),
  } satisfies CollectorCost;
}

/** What a start costs once a first one has kept what it compiled. */
async function measureStart(rig: PostureRig): Promise<number> {
  const release = groupsOf("linux").find(({ collector }) => collector === "release");
  if (release === undefined) throw new Error("no collector of the release");
  await rig.collectors.collect({ run: 0, ...release });
  await pause(collectorEndsMs);
  const before = readContainer();
  await rig.collectors.collect({ run: 0, ...release });
  return readContainer().cpuMs - before.cpuMs;
}

/** What a look at updates costs when only apt itself can tell what a change means. */
async function measureTurnedBack(rig: PostureRig, stage: Stage): Promise<number> {
  stage.turnBackPackage();
  const patches = groupsOf("linux").find(({ collector }) => collector === "patches");
  if (patches === undefined) throw new Error("no collector of updates");
  const before = readContainer();
  await rig.collectors.collect({ run: 0, ...patches });
  const cost = readContainer().cpuMs - before.cpuMs;
  stage.holdPackage(1);
  return cost;
}

/** Memory of collector processes that run right now. */
function workerRssBytes(): number {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.reduce((sum, pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("agent/collector/main.ts")) {
        return sum;
      }
      return sum + Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * pageBytes;
    } catch (error) {
      if (error instanceof Error && "code" in error) return sum; // ended meanwhile
      throw error;
    }
  }, 0);
}

const openChain =
  "add chain inet bench input { type filter hook input priority 0; policy accept; }";
const closedChain =
  "add chain inet bench input { type filter hook input priority 0; policy drop; }";

function nft(script: string): number {
  return mustRunNow([programPath("nft"), "-f", "-"], { input: `${script}\n` }).returnedAtMs;
}

/** Something that is changed over and over, and the signal that has to tell of it. */
interface Flip {
  readonly signal: string;
  /** Makes the change; returns when it was made. */
  readonly change: (round: number) => number | Promise<number>;
  readonly pauseMs: number;
  /** Puts things in order before a round. */
  readonly prepare?: () => Promise<void>;
}

/** Makes the change again and again and waits for the fact each time. */
async function measureFlip(ear: Ear, { signal, change, pauseMs, prepare }: Flip, rounds: number) {
  await ear.next(signal, true);
  const delays: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await prepare?.();
    await pause(pauseMs);
    const told = ear.next(signal, false);
    const changedAtMs = await change(round);
    delays.push(Math.max(0, (await told) - changedAtMs));
  }
  return quantilesOf(delays);
}

/** Hears the facts that would become events. */
interface Ear {
  /** Resolves with the time of the next fact of a signal; `orKnown` takes one that came before. */
  next(signal: string, orKnown: boolean): Promise<number>;
}

function listen(rig: PostureRig): Ear {
  const heard = new Map<string, number>();
  const waiting = new Map<string, (atMs: number) => void>();
  rig.watch((fact, atMs) => {
    heard.set(fact.signal, atMs);
    waiting.get(fact.signal)?.(atMs);
    waiting.delete(fact.signal);
  });
  return {
    next: (signal, orKnown) => {
      const former = heard.get(signal);
      if (orKnown && former !== undefined) return Promise.resolve(former);
      return new Promise((resolve) => waiting.set(signal, resolve));
    },
  };
}

async function measureChanges(rig: PostureRig, stage: Stage, rounds: number) {
  const ear = listen(rig);
  const firewall = (round: number) => nft(round % 2 === 0 ? openChain : closedChain);
  const few = Math.min(rounds, 10);
  const prepare = async () => {
    await stage.startProtection();
    const told = ear.next("edr.running", false);
    rig.wake(["edr.running"]);
    await told;
  };
  // The collector has ended each time when these change: its start is part of the delay.
  const pauseMs = collectorEndsMs;
  const { updatePackage } = stage;
  return {
    firewall: await measureFlip(
      ear,
      { signal: "firewall.enabled", change: firewall, pauseMs: betweenChangesMs },
      rounds,
    ),
    serviceStop: await measureFlip(
      ear,
      { signal: "edr.running", change: () => stage.stopProtection(), pauseMs, prepare },
      few,
    ),
    packageState: await measureFlip(
      ear,
      { signal: "os.held_packages", change: (round) => stage.holdPackage(round), pauseMs },
      few,
    ),
    securityUpdates:
      updatePackage === null
        ? null
        : await measureFlip(
            ear,
            { signal: "os.security_updates", change: updatePackage, pauseMs },
            few,
          ),
    userFiles: await measureFlip(
      ear,
      { signal: "users.admin_count", change: (round) => stage.makeAdmin(round), pauseMs },
      few,
    ),
  };
}

/** What the hot tier costs a minute: its looks, each as a floor poll makes it, and the agent's clock. */
async function measureHotTier(rig: PostureRig, rest: PostureCost) {
  rig.keepTier("hot");
  const hot = catalogue.filter(({ tier }) => tier === "hot").map(({ signal }) => signal);
  const cost = await rig.costOf(async () => {
    for (let look = 0; look < hotLooks; look++) {
      rig.wake(hot);
      await pause(hotLookEveryMs);
    }
  });
  // What netd and the agent cost without any look: netd's clock runs for the tunnel.
  const windowsOfRest = (hotLooks * hotLookEveryMs) / (restSeconds * 1_000);
  const per = (ms: number) => Math.round((Math.max(0, ms) / hotLooks) * 100) / 100;
  return {
    agentMsPerLook: per(cost.agentMs - rest.agentMs * windowsOfRest),
    netdMsPerLook: per(cost.netdMs - rest.netdMs * windowsOfRest),
    toolsMsPerLook: per(cost.toolsMs),
    agentAtRestMsPerMinute: Math.round((rest.agentMs * 60) / restSeconds),
  };
}

async function measure(rounds: number) {
  prepareContainer();
  mustRunNow([programPath("ip"), "link", "set", "lo", "up"]);
  nft(`add table inet bench\n${closedChain}`);
  const stage = setStage();
  const folder = mkdtempSync(join(tmpdir(), "sallyport-bench-"));
  const rig = await startPostureRig(folder);
  // What netd costs without any posture: its clock, twice a second, runs for the tunnel.
  const rest = await rig.costOf(() => pause(restSeconds * 1_000));
  const collectorStartCpuMs = await measureStart(rig);
  const collectors: CollectorCost[] = [];
  for (const group of groupsOf("linux")) {
    const count = group.collector === "patches" ? Math.min(rounds, 3) : rounds;
    collectors.push(await measureCollector(rig, group, count));
  }
  const patchesAfterChangeCpuMs = await measureTurnedBack(rig, stage);
  const changes = await measureChanges(rig, stage, rounds);
  await stage.startProtection();
  rig.wake(["edr.running"]);
  await pause(settleSeconds * 1_000);
  const hot = await measureHotTier(rig, rest);
  const workerBytes = workerRssBytes();
  const netdAtRestMsPerMinute = Math.round((rest.netdMs * 60) / restSeconds);
  const hotLookMs = hot.agentMsPerLook + hot.netdMsPerLook + hot.toolsMsPerLook;
  await rig.stop();
  rmSync(folder, { recursive: true });
  const cpuOf = (name: string) =>
    collectors.find((cost) => cost.collector === name)?.cpuMs ?? Number.NaN;
  // One process reads it all; a second one for apt's sake is in what a change costs.
  const coldCpuMs = coldCollectors.reduce((sum, name) => sum + cpuOf(name), collectorStartCpuMs);
  const results = {
    hotCpuMsPerMinute: Math.round(hot.agentAtRestMsPerMinute + hotLookMs * hotLooksPerMinute),
    coldCpuMs: Math.round(coldCpuMs),
    coldAfterChangeCpuMs: Math.round(coldCpuMs - cpuOf("patches") + patchesAfterChangeCpuMs),
    workerIdleMiB: Math.round(workerBytes / 2 ** 20),
    firewallP95Ms: changes.firewall.p95 ?? Number.NaN,
    serviceStopP95Ms: changes.serviceStop.p95 ?? Number.NaN,
    packageStateP95Ms: changes.packageState.p95 ?? Number.NaN,
    // Without a pending update there is nothing to install and take back.
    securityUpdatesP95Ms: changes.securityUpdates?.p95 ?? null,
    userFilesP95Ms: changes.userFiles.p95 ?? Number.NaN,
  };
  const missed = Object.entries(aims)
    .filter(([name, aim]) => {
      const seen = results[name as keyof typeof aims];
      return seen !== null && !(seen <= aim);
    })
    .map(([name]) => name);
  return {
    schema: "sallyport.bench.posture/1",
    rounds,
    collectorStartCpuMs,
    netdAtRestMsPerMinute,
    hot,
    collectors,
    changes,
    results,
    aims,
    missed,
  };
}

function print(report: Awaited<ReturnType<typeof measure>>): void {
  const lines = report.collectors.map(
    ({ collector, wallMs, cpuMs, tasks }) =>
      `${collector.padEnd(12)} ${String(wallMs.p50).padStart(10)} ${String(wallMs.p95).padStart(10)} ` +
      `${String(cpuMs).padStart(9)} ${String(tasks).padStart(7)}`,
  );
  const { results, missed } = report;
  process.stdout.write(
    [
      "collector     p50 ms     p95 ms    CPU ms   tasks",
      ...lines,
      ...Object.entries(report.changes).map(
        ([name, delay]) =>
          `${name} to fact: p50 ${delay?.p50 ?? "-"} ms, p95 ${delay?.p95 ?? "-"} ms`,
      ),
      `netd at rest ${report.netdAtRestMsPerMinute} ms CPU a minute, with or without posture`,
      "",
      "result                       seen        aim",
      ...Object.entries(aims).map(
        ([name, aim]) =>
          `${name.padEnd(24)} ${String(results[name as keyof typeof aims] ?? "-").padStart(8)} ${String(aim).padStart(10)}`,
      ),
      missed.length === 0 ? "all aims met" : `missed: ${missed.join(", ")}`,
      "",
    ].join("\n"),
  );
}

async function main(): Promise<number> {
  const options = {
    rounds: { type: "string", default: "20" },
    json: { type: "boolean", default: false },
    gate: { type: "boolean", default: false },
  } as const;
  const { values } = parseArgs({ options, strict: true });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1_000) return 2;
  if (!nativeProgramsStand()) {
    process.stderr.write("sallyport-netd is not built: run `npm start -- --once` first\n");
    return 3;
  }
  if (!insideContainer()) return runInContainer(process.argv.slice(1));
  const report = await measure(rounds);
  if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else print(report);
  return values.gate && report.missed.length > 0 ? 1 : 0;
}

process.exit(await main());
