/** `npm run bench:decision`: what a decision, a reach, a compile cost; one core, no network, no store. */
import { parseArgs } from "node:util";
import { lintPolicies } from "#shared/policy/analysis/lint.ts";
import { type Moment, planChange } from "#shared/policy/analysis/plan.ts";
import { compilePolicies } from "#shared/policy/compile.ts";
import type { PolicySet } from "#shared/policy/compiled-set.ts";
import { decide, reachOf } from "#shared/policy/decide.ts";
import { decideForLog } from "#shared/policy/explain.ts";
import { referenceOf } from "#shared/base/id.ts";
import { makeIdSource } from "#shared/base/id-source.ts";
import { chainStart } from "../../controller/io/audit/chain.ts";
import { makeLineWriter } from "../../controller/io/audit/decision-log.ts";
import { makeDecisionWriter } from "../../controller/io/audit/decision-text.ts";
import { bytesFrom, emptyBlock } from "../../controller/io/audit/text-block.ts";
import { makeCrypto } from "../../controller/io/keys/crypto.ts";
import { oracleVerdict } from "../policy/oracle.ts";
import { aim, benchReport } from "./bench-report.ts";
import { cedarPeer, celPeer } from "./decision-peers.ts";
import { makeWorkload, type Workload } from "./policy-workload.ts";
import { quantilesOf } from "./quantiles.ts";

const { values } = parseArgs({
  options: {
    policies: { type: "string", default: "1000" },
    resources: { type: "string", default: "500" },
    signals: { type: "string", default: "30" },
    json: { type: "boolean", default: false },
    gate: { type: "boolean", default: false },
  },
});

const size = {
  policies: Number(values.policies),
  resources: Number(values.resources),
  signals: Number(values.signals),
  requests: 2_000,
};
if (!Object.values(size).every((count) => Number.isSafeInteger(count) && count > 0)) {
  process.stderr.write("bench:decision takes whole numbers above 0\n");
  process.exit(2);
}

/** 2,000 requests of 200 devices; the plan takes 2,000 devices. */
const busyDevices = 200;
const startedAt = new Date().toISOString();
const workload = makeWorkload(size);
const set = compiled(workload);
const compile = repeat(15, () => compiled(workload));
const single = timed(40_000, (index) => decideOne(set, workload, index));
const reach = timed(20_000, (index) => {
  const input = workload.inputs[index % busyDevices];
  return input === undefined ? 0 : reachOf(set, input).validUntilAt;
});
const loggedPerSecond = throughput(set, workload, false);
const chainedPerSecond = throughput(set, workload, true);
const lint = repeat(5, () => lintPolicies(set, { nowAt: workload.nowAt }));
const population = workload.inputs.map((input): Moment => ({ device: input.device.id, input }));
const sets = { before: set, after: compiled(makeWorkload(size, 2)) };
const plan = repeat(5, () => planChange(sets, population, { changesMax: 1_000 }));
const { disagreements, allowedPercent } = againstOracle(set, workload, 400);

const peers = besideOthers(set, workload);

const results = {
  single: micros(single),
  reach: micros(reach),
  decisionsPerSecond: Math.round(1e9 / mean(single)),
  loggedPerSecond,
  chainedPerSecond,
  compileMs: quantilesOf(compile).p50,
  lintMs: quantilesOf(lint).p50,
  planMs: quantilesOf(plan).p50,
  oracleDisagreements: disagreements,
  allowedPercent,
  peers,
};
const report = benchReport({
  schema: "sallyport.bench.decision/1",
  startedAt,
  args: size,
  results,
  aims: [
    aim("single p50 us", 1, results.single.p50),
    aim("single p99 us", 3, results.single.p99),
    aim("reach p50 us", 5, results.reach.p50),
    aim("us per logged decision", 2, 1e6 / loggedPerSecond),
    aim("compile ms", 50, results.compileMs),
    aim("lint ms", 250, results.lintMs),
    aim("plan over 2,000 devices ms", 500, results.planMs),
    aim("oracle disagreements", 0, disagreements),
    ...peers.map((peer) => aim(`${peer.name} disagreements`, 0, peer.disagreements)),
  ],
});

if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
else {
  process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
  for (const { name, limit, value, met } of report.aims) {
    process.stdout.write(`${met ? "met   " : "missed"}  ${name}: ${value} (aim ${limit})\n`);
  }
}
process.exit(values.gate && report.aims.some(({ met }) => !met) ? 1 : 0);

function compiled({ document, catalogue }: Workload): PolicySet {
  const result = compilePolicies([document], catalogue);
  if (result.kind === "refused") throw new Error(JSON.stringify(result.errors.slice(0, 3)));
  return result.set;
}

function decideOne(policySet: PolicySet, { inputs, asked }: Workload, index: number): number {
  const place = index % inputs.length;
  const [input, resource] = [inputs[place % busyDevices], asked[place]];
  if (input === undefined || resource === undefined) return 0;
  return decide(policySet, input, resource).validUntilAt;
}

/** Times each call by itself, in ns, after as many calls to warm up; the timer's own cost is in it. */
function timed(count: number, work: (index: number) => number): readonly number[] {
  let sink = 0;
  for (let index = 0; index < count; index++) sink += work(index);
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const from = performance.now();
    sink += work(index);
    times.push((performance.now() - from) * 1e6);
  }
  if (!Number.isFinite(sink)) throw new Error("the work was optimised away");
  return times;
}

function repeat(times: number, work: () => unknown): readonly number[] {
  return Array.from({ length: times }, () => {
    const from = performance.now();
    work();
    return performance.now() - from;
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function micros(nanoseconds: readonly number[]): ReturnType<typeof quantilesOf> {
  return quantilesOf(nanoseconds.map((value) => value / 1_000));
}

/**
 * Decides, names the decision and writes its record as the decision log does, unmet conditions of
 * denies included; per second. `chained` are whole lines of the log with the digest of the line
 * before. The digest of an input is made once for all decisions of a look, so it is none of these.
 */
function throughput(policySet: PolicySet, { inputs, asked }: Workload, chained: boolean): number {
  const crypto = makeCrypto();
  const newId = makeIdSource((count) => crypto.randomBytes(count));
  const policyVersion = crypto.sha256Hex("policies");
  const hashes = inputs.map(({ device }) => crypto.sha256Hex(device.id));
  const lines = makeLineWriter();
  const putDecision = makeDecisionWriter(lines.block);
  const count = 100_000;
  let [head, written] = [chainStart, 0];
  const log = (index: number): void => {
    const place = index % inputs.length;
    const [input, resource] = [inputs[place % busyDevices], asked[place]];
    if (input === undefined || resource === undefined) return;
    const { verdict, unmet } = decideForLog(policySet, input, resource);
    // Five hundred of one ms are half a million a second.
    const id = newId("dec", input.nowAt + Math.floor(index / 500));
    const decision = {
      id,
      reference: referenceOf(id),
      at: input.nowAt,
      device: input.device.id,
      user: input.user?.id,
      resource,
      effect: verdict.effect,
      determinedBy: verdict.determinedBy,
      obligations: verdict.obligations,
      leaseSeconds: verdict.leaseSeconds,
      validUntilAt: verdict.validUntilAt,
      unmet,
      policyVersion,
      inputHash: hashes[place % busyDevices] ?? "",
      shadow: verdict.shadow,
      errors: verdict.errors,
    };
    if (chained) head = lines.put(head, { kind: "decision", decision }, input.nowAt);
    else putDecision(decision);
    // The log writes what waits in blocks.
    if (lines.block.length < 65_536) return;
    written += bytesFrom(lines.block, 0).length;
    emptyBlock(lines.block);
  };
  for (let index = 0; index < count; index++) log(index);
  const best = Math.max(
    ...Array.from({ length: 10 }, () => {
      const from = performance.now();
      for (let index = 0; index < count; index++) log(index);
      return (count * 1_000) / (performance.now() - from);
    }),
  );
  if (written === 0) throw new Error("nothing was logged");
  return Math.round(best);
}

/** The same requests through other engines in this same run; each must say what we say. */
function besideOthers(policySet: PolicySet, load: Workload) {
  const { inputs, asked } = load;
  return [celPeer(load), cedarPeer(load)].map((peer) => {
    const ask = (index: number): boolean => {
      const place = index % inputs.length;
      const [input, resource] = [inputs[place % busyDevices], asked[place]];
      if (input === undefined || resource === undefined) return false;
      return peer.allows(input, resource);
    };
    const differing = Array.from({ length: 200 }, (_, index) => index).filter((index) => {
      const input = inputs[index % busyDevices];
      if (input === undefined) return true;
      return ask(index) !== (decide(policySet, input, asked[index] ?? "").effect === "allow");
    });
    const single = micros(
      timed(peer.name.startsWith("Cedar") ? 300 : 20_000, (i) => Number(ask(i))),
    );
    return { name: peer.name, loadMs: peer.loadMs, single, disagreements: differing.length };
  });
}

function againstOracle(
  policySet: PolicySet,
  { document, catalogue, inputs, asked }: Workload,
  count: number,
): { disagreements: number; allowedPercent: number } {
  let disagreements = 0;
  let allowed = 0;
  inputs.slice(0, count).forEach((input, index) => {
    const resource = asked[index] ?? "";
    const { effect, validUntilAt, determinedBy } = decide(policySet, input, resource);
    const expected = oracleVerdict({ documents: [document], catalogue, input }, resource);
    const same =
      effect === expected.effect &&
      validUntilAt === expected.validUntilAt &&
      determinedBy.join() === expected.determinedBy.join();
    if (!same) disagreements += 1;
    if (effect === "allow") allowed += 1;
  });
  return {
    disagreements,
    allowedPercent: Math.round((allowed / Math.min(count, inputs.length)) * 1_000) / 10,
  };
}
