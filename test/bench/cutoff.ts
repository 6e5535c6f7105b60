// `npm run bench:cutoff`: how long an open firewall keeps a flow alive, phase by phase, alone or with
// further devices connected. Exit 0 measured, 1 failed or `--gate` with a missed aim, 2 usage,
// 3 the machine lacks something.
import { parseArgs } from "node:util";
import { startLabNetwork } from "../lab/lab-network.ts";
import { labFolder } from "../lab/lab-process.ts";
import { connectedWorld } from "../lab/world.ts";
import {
  aim,
  aimLines,
  benchReport,
  tableHead,
  tableRow,
  type BenchReport,
} from "./bench-report.ts";
import { exit, runBench } from "./bench-run.ts";
import { figuresOf, measureCuts } from "./cutoff-rounds.ts";
import { Load } from "./load.ts";
import { cpuPercent, readProcess } from "./process-cost.ts";

const aloneLimitMs = 100;
const loadedLimitMs = 250;
const questionsPerSecond = 200;
// One laptop that flaps a hundred times would wait a minute after each: that wait is not measured.
const serveArguments = ["--reopen-hold", "1s", "--reopen-hold-max", "1s"];

interface Arguments {
  readonly rounds: number;
  readonly warmup: number;
  readonly devices: number;
  readonly json: boolean;
  readonly gate: boolean;
}

function readArguments(args: readonly string[]): Arguments | undefined {
  try {
    const options = {
      rounds: { type: "string", default: "50" },
      warmup: { type: "string", default: "3" },
      devices: { type: "string", default: "0" },
      json: { type: "boolean", default: false },
      gate: { type: "boolean", default: false },
    } as const;
    const { values } = parseArgs({ args: [...args], options, strict: true });
    return {
      rounds: count("rounds", values.rounds, 1),
      warmup: count("warmup", values.warmup, 0),
      devices: count("devices", values.devices, 0),
      json: values.json,
      gate: values.gate,
    };
  } catch (cause) {
    const usage =
      "npm run bench:cutoff -- [--rounds N] [--warmup N] [--devices N] [--json] [--gate]";
    const why = cause instanceof Error ? cause.message : String(cause);
    process.stderr.write(`${why}\nusage: ${usage}\n`);
    return undefined;
  }
}

function count(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= 100_000) return value;
  throw new Error(`--${name} needs a whole number from ${least}`);
}

async function measure(args: Arguments): Promise<BenchReport> {
  const startedAt = new Date().toISOString();
  const folder = labFolder();
  const network = await startLabNetwork(`${folder}/logs`);
  const world = await connectedWorld(folder, network, { serveArguments });
  const note = (connected: number) => progress(`${connected}/${args.devices} devices connected`);
  const { devices } = args;
  const plan = { devices, questionsPerSecond, folder, note };
  const load = devices === 0 ? undefined : await Load.start(world, plan);
  const before = readProcess(world.controller.program.pid);
  const cuts = await measureCuts(world, {
    rounds: args.rounds,
    warmup: args.warmup,
    note: (done, { tcpMs, udpMs }) => {
      progress(`${done}/${args.rounds} tcp ${tcpMs} ms udp ${udpMs} ms`);
    },
  });
  process.stderr.write("\n");
  const after = readProcess(world.controller.program.pid);
  const figures = figuresOf(cuts);
  const loaded = await load?.read();
  const limit = devices === 0 ? aloneLimitMs : loadedLimitMs;
  const share = `p99 ms with ${(loaded?.connected ?? 0) + 1} device(s)`;
  const seconds = (after.atMs - before.atMs) / 1_000;
  return benchReport({
    schema: "sallyport.bench.cutoff/1",
    startedAt,
    args: { rounds: args.rounds, warmup: args.warmup, devices },
    results: {
      ...figures,
      devicesConnected: (loaded?.connected ?? 0) + 1,
      ratePerSecond: loaded === undefined ? 0 : Math.round(loaded.questions.asked / seconds),
      load: loaded ?? null,
      controller: { cpuPercent: cpuPercent(before, after), rssMiB: after.rssMiB },
    },
    aims: [
      aim(`tcp ${share}`, limit, figures.tcp.p99),
      aim(`udp ${share}`, limit, figures.udp.p99),
    ],
  });
}

function progress(text: string): void {
  process.stderr.write(`\r${text.padEnd(60)}`);
}

function print(report: BenchReport): void {
  const figures = report.results as unknown as ReturnType<typeof figuresOf>;
  const { tcp, udp, detect, uplink, decide, push, apply, restTcp, restUdp } = figures;
  const { gateway, laptop, lastPassed, passedAfterCut, firstToCut } = figures;
  const measured = { tcp, udp, detect, uplink, decide, push, apply, restTcp, restUdp };
  const rows = Object.entries({ ...measured, gateway, laptop, lastPassed });
  const first = `first to cut: gateway ${firstToCut.gateway}, laptop ${firstToCut.laptop}; passed after it: ${passedAfterCut}`;
  const lines = [
    tableHead,
    ...rows.map(([name, row]) => tableRow(name, row)),
    first,
    ...aimLines(report),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

const args = readArguments(process.argv.slice(2));
if (args === undefined) process.exit(exit.usage);
const { json, gate } = args;
const file = import.meta.filename;
process.exit(await runBench({ file, json, gate, measure: () => measure(args), print }));
