// `npm run bench:footprint`: what agent and netd of a connected, idle laptop cost, run from the files
// that the packages carry, and how fast the agent starts. Exit 0 measured, 1 failed or `--gate` with a
// missed aim, 2 usage, 3 the machine lacks something.
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { monotonicMs } from "../lab/clock.ts";
import { startLabNetwork } from "../lab/lab-network.ts";
import { labFolder } from "../lab/lab-process.ts";
import { Program } from "../lab/program.ts";
import { clone } from "../lab/program-path.ts";
import { connectedWorld } from "../lab/world.ts";
import { aim, aimLines, benchReport, type BenchReport } from "./bench-report.ts";
import { exit, runBench } from "./bench-run.ts";
import { cpuPercent, readProcess } from "./process-cost.ts";
import { quantilesOf } from "./quantiles.ts";

const limits = { agentMiB: 22, agentCpuPercent: 0.1, agentStartMs: 120, netdMiB: 15 } as const;
/** Enrolment and first looks are over by then, and the agent has given back what they needed. */
const settleSeconds = 75;
const starts = 10;

const built = join(clone, ".cache", "package", `linux-${process.arch}`);
const programs = {
  agent: [join(built, "sallyport")],
  netd: join(built, "sallyport-netd"),
};

interface Arguments {
  readonly idle: number;
  readonly json: boolean;
  readonly gate: boolean;
}

function readArguments(): Arguments | undefined {
  try {
    const { values } = parseArgs({
      options: {
        idle: { type: "string", default: "60" },
        json: { type: "boolean", default: false },
        gate: { type: "boolean", default: false },
      },
    });
    const idle = Number(values.idle);
    if (!Number.isInteger(idle) || idle < 1 || idle > 86_400) throw new Error("--idle SECONDS");
    return { idle, json: values.json, gate: values.gate };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    process.stderr.write(
      `${why}\nusage: npm run bench:footprint -- [--idle N] [--json] [--gate]\n`,
    );
    return undefined;
  }
}

interface Memory {
  /** Written by this process and nobody else's: what ending it would give back. */
  readonly privateMiB: number;
  readonly anonymousMiB: number;
  readonly pssMiB: number;
}

function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const mebibytes = (name: string): number => {
    const kib = Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? Number.NaN);
    return Math.round((kib / 1024) * 10) / 10;
  };
  return {
    privateMiB: mebibytes("Private_Dirty"),
    anonymousMiB: mebibytes("Anonymous"),
    pssMiB: mebibytes("Pss"),
  };
}

/** From the start of the process to the line that says that it works, in a folder of its own. */
async function startOnce(turn: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-footprint-"));
  const startedAtMs = monotonicMs();
  const program = new Program({
    name: `start ${turn}`,
    argv: [...programs.agent, "daemon", "--role", "device"],
    logFile: join(folder, "agent.log"),
    env: {
      SALLYPORT_STATE_DIR: folder,
      SALLYPORT_RUN_DIR: folder,
      SALLYPORT_CONFIG: join(folder, "agent.yaml"),
    },
  });
  await program.waitFor(({ message }) => message === "agent ready", { deadlineMs: 30_000 });
  const tookMs = monotonicMs() - startedAtMs;
  await program.stop();
  return tookMs;
}

async function measure(args: Arguments): Promise<BenchReport> {
  const startedAt = new Date().toISOString();
  const folder = labFolder();
  const network = await startLabNetwork(`${folder}/logs`);
  const { laptop } = await connectedWorld(folder, network, { laptopPrograms: programs });
  await pause(settleSeconds * 1_000);
  const pids = { agent: laptop.agent.pid, netd: laptop.netd.pid };
  const before = { agent: readProcess(pids.agent), netd: readProcess(pids.netd) };
  await pause(args.idle * 1_000);
  const processes = {
    agent: { ...memoryOf(pids.agent), cpuPercent: share(before.agent, pids.agent) },
    netd: { ...memoryOf(pids.netd), cpuPercent: share(before.netd, pids.netd) },
  };
  const startMs: number[] = [];
  for (let turn = 0; turn < starts; turn += 1) startMs.push(await startOnce(turn));
  const agentStartMs = quantilesOf(startMs);
  const { agent, netd } = processes;
  return benchReport({
    schema: "sallyport.bench.footprint/1",
    startedAt,
    args: { idle: args.idle },
    results: { ...processes, agentStartMs },
    aims: [
      aim("agent private MiB", limits.agentMiB, agent.privateMiB),
      aim("agent CPU % of a core", limits.agentCpuPercent, agent.cpuPercent),
      aim("agent start p50 ms", limits.agentStartMs, agentStartMs.p50),
      aim("netd private MiB", limits.netdMiB, netd.privateMiB),
    ],
  });
}

function share(before: ReturnType<typeof readProcess>, pid: number): number {
  return cpuPercent(before, readProcess(pid));
}

function print(report: BenchReport): void {
  process.stdout.write(`${aimLines(report).join("\n")}\n`);
}

/** Writes which of the packaged programs are missing; returns whether all are there. */
function packagedProgramsStand(): boolean {
  const absent = [...programs.agent, programs.netd].filter((file) => !existsSync(file));
  if (absent.length === 0) return true;
  const target = `linux-${process.arch}`;
  process.stderr.write(`${absent.join(", ")} missing: npm run package -- --target ${target}\n`);
  return false;
}

const args = readArguments();
if (args === undefined) process.exit(exit.usage);
if (!packagedProgramsStand()) process.exit(exit.machineLacks);
const { json, gate } = args;
const file = import.meta.filename;
process.exit(await runBench({ file, json, gate, measure: () => measure(args), print }));
