// `npm run bench:posture`: what each collector costs, what an idle minute costs, and how long a
// firewall change takes to become a fact. Exit 0 measured, 1 `--gate` with a missed aim, 2 usage,
// 3 the machine lacks something.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { CollectRequest } from "../../agent/core/posture/collection.ts";
import { groupsOf } from "../../agent/core/posture/groups.ts";
import type { Group } from "../../agent/core/posture/groups.ts";
import { mustRunNow } from "../lab/command.ts";
import { monotonicMs } from "../lab/clock.ts";
import { insideContainer, prepareContainer, runInContainer } from "../lab/container.ts";
import { nativeProgramsStand, programPath } from "../lab/program-path.ts";
import { readContainer } from "./container-cost.ts";
import { startPostureRig } from "./posture-rig.ts";
import type { PostureRig } from "./posture-rig.ts";
import { quantilesOf } from "./quantiles.ts";
import type { Quantiles } from "./quantiles.ts";

const aims = { hotCpuMsPerMinute: 30, coldCpuMs: 2_000, firewallP95Ms: 50 } as const;
const idleSeconds = 20;
/** Longer than the posture machine's token takes to come back, so that no round is limited. */
const betweenChangesMs = 1_100;
/** Longer than the collector process stays when idle. */
const collectorEndsMs = 6_000;

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

const openChain =
  "add chain inet bench input { type filter hook input priority 0; policy accept; }";
const closedChain =
  "add chain inet bench input { type filter hook input priority 0; policy drop; }";

function nft(script: string): number {
  return mustRunNow([programPath("nft"), "-f", "-"], { input: `${script}\n` }).returnedAtMs;
}

/** Switches the input policy back and forth and waits for the fact each time. */
async function measureChanges(rig: PostureRig, rounds: number): Promise<Quantiles> {
  let heard: (atMs: number) => void = () => undefined;
  const settled = Promise.withResolvers<void>();
  rig.watch((fact, atMs) => {
    if (fact.signal !== "firewall.enabled") return;
    settled.resolve();
    heard(atMs);
  });
  await settled.promise;
  const delays: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await pause(betweenChangesMs);
    const told = new Promise<number>((resolve) => (heard = resolve));
    const changedAtMs = nft(round % 2 === 0 ? openChain : closedChain);
    delays.push(Math.max(0, (await told) - changedAtMs));
  }
  return quantilesOf(delays);
}

async function measure(rounds: number) {
  prepareContainer();
  mustRunNow([programPath("ip"), "link", "set", "lo", "up"]);
  nft(`add table inet bench\n${closedChain}`);
  const rig = await startPostureRig(mkdtempSync(join(tmpdir(), "sallyport-bench-")));
  const atRest = readContainer();
  await rig.collectors.collect({
    run: 0,
    collector: "release",
    signals: ["os.version"],
    deadlineMs: 60_000,
  });
  const collectorStartCpuMs = readContainer().cpuMs - atRest.cpuMs;
  const collectors: CollectorCost[] = [];
  for (const group of groupsOf("linux")) {
    const count = group.collector === "patches" ? Math.min(rounds, 3) : rounds;
    collectors.push(await measureCollector(rig, group, count));
  }
  const firewallChange = await measureChanges(rig, rounds);
  await pause(collectorEndsMs);
  const before = readContainer();
  await pause(idleSeconds * 1_000);
  const idleCpuMs = readContainer().cpuMs - before.cpuMs;
  await rig.stop();
  const cpuOf = (name: string) =>
    collectors.find((cost) => cost.collector === name)?.cpuMs ?? Number.NaN;
  const hot = (idleCpuMs * 60) / idleSeconds + cpuOf("firewall") + cpuOf("presence");
  const results = {
    hotCpuMsPerMinute: Math.round(hot),
    coldCpuMs: cpuOf("patches") + cpuOf("release") + cpuOf("integrity") + 2 * collectorStartCpuMs,
    firewallP95Ms: firewallChange.p95 ?? Number.NaN,
  };
  const missed = Object.entries(aims)
    .filter(([name, aim]) => !(results[name as keyof typeof aims] <= aim))
    .map(([name]) => name);
  return {
    schema: "sallyport.bench.posture/1",
    rounds,
    collectorStartCpuMs,
    collectors,
    firewallChange,
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
      `firewall change to fact: p50 ${report.firewallChange.p50} ms, p95 ${report.firewallChange.p95} ms`,
      `hot tier ${results.hotCpuMsPerMinute} ms CPU a minute, cold tier ${results.coldCpuMs} ms CPU a run`,
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
