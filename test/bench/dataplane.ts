// `npm run bench:dataplane`: what netd's tunnel costs against WireGuard alone, and against WireGuard
// beside the usual firewall, with one peer and with thousands, and how fast a gateway full of grants
// revokes. Exit 0 measured, 1 failed or `--gate` with a missed aim, 2 usage, 3 the machine lacks
// something.
import { accessSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { labFolder } from "../lab/lab-process.ts";
import { loadBarePeers, startBareTunnel } from "./bare-tunnel.ts";
import { paperDevice } from "./bench-signer.ts";
import {
  aim,
  aimLines,
  benchReport,
  tableHead,
  tableRow,
  type BenchReport,
} from "./bench-report.ts";
import { exit, runBench } from "./bench-run.ts";
import {
  interleave,
  lossOf,
  medianOf,
  revokeMany,
  revokeWhileConfigured,
} from "./dataplane-rounds.ts";
import { NetdTunnel } from "./netd-tunnel.ts";
import { readProcess } from "./process-cost.ts";
import type { Quantiles } from "./quantiles.ts";
import { TunnelPath } from "./tunnel-path.ts";

interface Arguments {
  readonly rounds: number;
  readonly seconds: number;
  readonly peers: number;
  readonly resources: number;
  readonly revokes: number;
  readonly json: boolean;
  readonly gate: boolean;
}

function readArguments(args: readonly string[]): Arguments | undefined {
  try {
    const number = (text: string) => ({ type: "string", default: text }) as const;
    const flag = { type: "boolean", default: false } as const;
    const { values } = parseArgs({
      args: [...args],
      options: {
        rounds: number("40"),
        seconds: number("0.6"),
        peers: number("10000"),
        resources: number("10"),
        revokes: number("200"),
        json: flag,
        gate: flag,
      },
    });
    return {
      rounds: within("rounds", values.rounds, 1, 1_000),
      seconds: within("seconds", values.seconds, 0.1, 60),
      peers: within("peers", values.peers, 2, 20_000),
      resources: within("resources", values.resources, 1, 100),
      revokes: within("revokes", values.revokes, 1, 2_000),
      json: values.json,
      gate: values.gate,
    };
  } catch (cause) {
    process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`);
    return undefined;
  }
}

function within(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (value >= least && value <= most) return value;
  throw new Error(`--${name} needs a number from ${least} to ${most}`);
}

async function measure(args: Arguments): Promise<BenchReport> {
  const startedAt = new Date().toISOString();
  const folder = labFolder();
  const logs = join(folder, "logs");
  mkdirSync(logs, { recursive: true });
  const [bare, walled] = [new TunnelPath("bare"), new TunnelPath("walled")];
  const [one, many] = [new TunnelPath("one"), new TunnelPath("many")];
  const paths = [bare, walled, one, many];
  await Promise.all(paths.map((path) => path.serve(logs)));
  await startBareTunnel(bare, { logs });
  await startBareTunnel(walled, { logs, firewall: true });
  const { resources } = args;
  const single = await NetdTunnel.start(one, { folder, peers: 1, resourcesPerPeer: resources });
  const idleMiB = readProcess(single.pid).rssMiB;
  progress(`loading ${args.peers} peers`);
  const paper = Array.from({ length: args.peers }, (_, index) => paperDevice(index + 1));
  const bareLoad = await loadBarePeers(bare, logs, paper);
  const full = await NetdTunnel.start(many, {
    folder,
    peers: args.peers,
    resourcesPerPeer: resources,
  });
  const loadedMiB = readProcess(full.pid).rssMiB;
  const rates = await interleave(paths, args, progress);
  const most = Math.min(args.revokes, Math.floor((args.peers - 1) / 2));
  const revoke = await revokeMany(full, most);
  const beside = await revokeWhileConfigured(full, { from: most + 2, rounds: 20, resources });
  const median = (name: string, kind: "bulk" | "small") => medianOf(rates, name, kind);
  const loss = {
    bulk: lossOf(rates, "bulk", ["bare", "one"]),
    small: lossOf(rates, "small", ["bare", "one"]),
    bulkFirewall: lossOf(rates, "bulk", ["bare", "walled"]),
    smallFirewall: lossOf(rates, "small", ["bare", "walled"]),
    bulkBeyondFirewall: lossOf(rates, "bulk", ["walled", "one"]),
    smallBeyondFirewall: lossOf(rates, "small", ["walled", "one"]),
    bulkFull: lossOf(rates, "bulk", ["one", "many"]),
    smallFull: lossOf(rates, "small", ["one", "many"]),
  };
  process.stderr.write("\n");
  return benchReport({
    schema: "sallyport.bench.dataplane/2",
    startedAt,
    args: { ...args },
    results: {
      wireguard: full.wireguard,
      grants: args.peers * resources,
      megabitsPerSecond: {
        bare: median("bare", "bulk"),
        walled: median("walled", "bulk"),
        netd: median("one", "bulk"),
        netdFull: median("many", "bulk"),
      },
      packetsPerSecond: {
        bare: median("bare", "small"),
        walled: median("walled", "small"),
        netd: median("one", "small"),
        netdFull: median("many", "small"),
      },
      loss,
      load: full.load,
      bareLoad,
      revokeMs: revoke,
      revokeBesideConfigMs: beside,
      netdMiB: { idle: idleMiB, loaded: loadedMiB, after: readProcess(full.pid).rssMiB },
    },
    aims: [
      aim("bulk loss against WireGuard alone, %", 5, loss.bulk.percent),
      aim("small-packet loss against WireGuard alone, %", 5, loss.small.percent),
      aim(`bulk loss with ${args.peers} peers, %`, 5, loss.bulkFull.percent),
      aim(`small-packet loss with ${args.peers} peers, %`, 5, loss.smallFull.percent),
      aim(`${args.peers} peers loaded, ms`, 2_000, full.load.ms),
      aim("revoke p50, ms", 2, revoke.p50),
      aim("revoke p99, ms", 20, revoke.p99),
      aim("revoke beside a changed config, max ms", 20, beside.max),
    ],
  });
}

function progress(text: string): void {
  process.stderr.write(`\r${text.padEnd(60)}`);
}

function print(report: BenchReport): void {
  const { revokeMs, revokeBesideConfigMs, ...rest } = report.results;
  const lines = [
    JSON.stringify(rest, null, 2),
    tableHead,
    tableRow("revoke", revokeMs as Quantiles),
    tableRow("+ config", revokeBesideConfigMs as Quantiles),
    ...aimLines(report),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

function tunStands(): boolean {
  try {
    accessSync("/dev/net/tun", constants.R_OK | constants.W_OK);
    return true;
  } catch {
    process.stderr.write("WireGuard alone needs /dev/net/tun; run as root\n");
    return false;
  }
}

const args = readArguments(process.argv.slice(2));
if (args === undefined) process.exit(exit.usage);
if (!tunStands()) process.exit(exit.machineLacks);
const { json, gate } = args;
const file = import.meta.filename;
process.exit(await runBench({ file, json, gate, measure: () => measure(args), print }));
